"""The load: opens connections, sends requests when due, counts what became of each.

All sockets that carry load are opened here. It reports facts to whoever runs it and
never decides whether a server did well; what an honest client sees is `probe`.
"""
