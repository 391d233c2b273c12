"""What a query is written in, and the note that follows from it."""

from types import SimpleNamespace

import pytest

from search.answer import _language_note
from search.language import language_of
from search.query import Query


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("un navire dans la tempête", "French"),
        ("saint Jérôme et le lion", "French"),
        ("ein Schiff auf dem Meer", "German"),
        ("Männer mit Hüten", "German"),
        ("a ship in the storm", "English"),
        ("Madonna", ""),
        ("memento mori", ""),
        ("船", ""),
        ("", ""),
        ("1643", ""),
    ],
)
def test_small_words_and_letters_tell(text, language):
    assert language_of([text]) == language


@pytest.mark.parametrize(
    ("text", "model", "noted"),
    [
        ("un navire dans la tempête", "ViT-B-32", True),
        ("un navire dans la tempête", "ViT-B-16-SigLIP2-512", False),
        ("a ship in the storm", "ViT-B-32", False),
        ("Madonna", "ViT-B-32", False),
    ],
)
def test_only_what_a_model_does_not_read_is_noted(text, model, noted):
    snapshot = SimpleNamespace(
        vector_names=["clip-x"], manifest=SimpleNamespace(clip_request="clip-x"), models={"clip-x": {"name": model}}
    )
    notes = _language_note(Query.from_json({"text": [text]}), snapshot)
    assert len(notes) == noted
    assert not noted or "French" in notes[0]
