"""One shape for everything that goes wrong: {"error": a sentence, "where": the field}."""

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from opioidsim.refusal import one_sentence, wanted
from opioidsim.web.pages import render


def sentence(status: int, error: str, where: str = "") -> JSONResponse:
    """The answer to a request that cannot be served."""
    return JSONResponse({"error": one_sentence(error), "where": one_sentence(where)}, status)


def refused(_: Request, refusal: Exception) -> Response:
    """Input that cannot be used: the refusal's sentence, and the field it names if it names one."""
    return sentence(422, str(refusal), getattr(refusal, "where", ""))


def busy(_: Request, refusal: Exception) -> Response:
    """Too much waits already."""
    return sentence(429, str(refusal))


def misshaped(_: Request, error) -> Response:
    """A body or a query that has not the shape the interface describes."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:] if "[" not in str(part))  # without the kinds it may have
    said = wanted(str(first.get("ctx", {}).get("error") or first["msg"]))
    return sentence(422, f"{f'{where}: ' if where else ''}{said}.".replace("..", "."), where)


def plain(request: Request, error) -> Response:
    """No such page, or a method it does not know; as a page where a reader asked."""
    said = "There is nothing here." if error.status_code == 404 else f"{error.detail}."
    if "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/"):
        return render(request, "error.html", status=error.status_code, said=said)
    answer = sentence(error.status_code, said)
    answer.headers.update(error.headers or {})
    return answer


def fault(_: Request, error: Exception) -> Response:
    """A fault of the program: said as such, and the server goes on."""
    return sentence(500, f"a fault of the program, not of your input ({type(error).__name__}); please report it.")
