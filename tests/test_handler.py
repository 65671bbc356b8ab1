"""The site's ASGI handler: one thread for all that is synchronous of a request."""

import threading

import pytest
from asgiref.sync import iscoroutinefunction
from channels.testing import HttpCommunicator
from django.http import HttpResponse
from django.urls import path

from concsite.handler import OneThreadHandler

threads = []


def view(request):
    threads.append(threading.current_thread())
    return HttpResponse("Answered")


class Outermost:
    """A middleware that notes where it runs, before and after the view."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        threads.append(threading.current_thread())
        response = self.get_response(request)
        threads.append(threading.current_thread())
        return response


urlpatterns = [path("here/", view)]


@pytest.fixture
def handler(settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [f"{__name__}.Outermost", *settings.MIDDLEWARE]
    threads.clear()
    return OneThreadHandler()


class TestOneThread:
    async def test_middleware_and_view_share_it_and_it_is_not_the_loops(self, handler):
        host = [(b"host", b"localhost")]
        asked = HttpCommunicator(handler, "GET", "/here/", headers=host)
        answer = await asked.get_response(timeout=20)
        assert (answer["status"], answer["body"]) == (200, b"Answered")
        assert len(threads) == 3 and len(set(threads)) == 1
        assert threads[0] is not threading.current_thread()

    def test_nothing_in_it_waits_for_the_loop(self, handler):
        assert not iscoroutinefunction(handler._middleware_chain)
