"""WebSocket addresses."""

from django.urls import path, re_path

from labs.live.consumers import RunConsumer, UnknownConsumer

websocket_urlpatterns = [
    path("ws/runs/<str:run_id>/", RunConsumer.as_asgi()),
    re_path(r"", UnknownConsumer.as_asgi()),
]
