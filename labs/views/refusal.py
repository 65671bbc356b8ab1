"""The page that says why no run can start."""

from django.shortcuts import render


def refuse(request, status, sentence, retry_after_s=None):
    """Answer that no run can start, and when it is worth asking again, if ever."""
    context = {"sentence": sentence, "retry_after_s": retry_after_s}
    response = render(request, "labs/refused.html", context, status=status)
    if retry_after_s is not None:
        response["Retry-After"] = str(retry_after_s)
    return response
