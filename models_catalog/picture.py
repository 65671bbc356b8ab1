"""The picture of models on the front page: what its template draws."""

from models_catalog.choices import AXES
from models_catalog.diagrams.model_map import NARROW, WIDE, place


def picture(models):
    """Return the models that have a place on AXES, and a drawing for each width."""
    placed = [model for model in models if model.position]
    points = tuple((_short(model.title), *model.position) for model in placed)
    drawings = []
    for name, sheet in (("wide", WIDE), ("narrow", NARROW)):
        spots = list(zip(placed, place(points, sheet), strict=True))
        drawings.append({"name": name, "sheet": sheet, "spots": spots})
    axes = [{"title": title, "first": one, "last": other} for title, one, other in AXES]
    return {"models": placed, "axes": axes, "drawings": drawings}


def _short(title):
    """Leave out what a title says in brackets."""
    return title.split(" (")[0]
