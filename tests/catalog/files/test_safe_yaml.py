"""YAML that stands for far more than its bytes is refused before it is built."""

import pytest

from models_catalog.files import safe_yaml
from models_catalog.files.format import ContentError, front_matter


def bomb(levels: int) -> str:
    first = "a0: &a0 [x, x, x, x, x, x, x, x, x]"
    return "\n".join(
        [
            first,
            *(
                f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]"
                for n in range(1, levels)
            ),
        ]
    )


def said_of(front: str) -> str:
    with pytest.raises(ContentError) as error:
        front_matter(front, "x.md")
    return error.value.message


class TestBounds:
    @pytest.mark.parametrize("levels", [5, 9, 40])
    def test_an_alias_counts_as_all_that_it_stands_for(self, levels):
        assert "holds too many values" in said_of(bomb(levels))

    def test_a_few_aliases_are_taken(self):
        values, _ = front_matter("a: &a [1, 2]\nb: *a\nc: &c x\nd: [*c, *c]", "x.md")
        assert values == {"a": [1, 2], "b": [1, 2], "c": "x", "d": ["x", "x"]}

    @pytest.mark.parametrize("front", ["a: &a [*a]", "a: &a {b: [*a]}"])
    def test_a_value_that_holds_itself(self, front):
        assert "*a stands within itself" in said_of(front)

    @pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "[{a: "])
    def test_depth(self, opening):
        assert "too deep" in said_of(opening * 1000)

    def test_many_values(self):
        most = safe_yaml.MAX_VALUES - 3
        values, _ = front_matter("a: [" + "x," * most + "]", "x.md")
        assert len(values["a"]) == most
        assert "too many values" in said_of("a: [" + "x," * (most + 1) + "]")

    def test_long_texts(self):
        assert "at most 65536 characters" in said_of("a: " + "x" * 65536)

    @pytest.mark.parametrize("tag", ["!!int '1'", "!!binary aaaa", "!!set {a, b}"])
    def test_tags(self, tag):
        assert "is not taken" in said_of(f"a: {tag}")


class TestNumbers:
    @pytest.mark.parametrize("text", ["1:30", "190:20:30", "1:30.5", "-1:0:0"])
    def test_base_60_is_text_as_people_read_it(self, text):
        assert front_matter(f"a: {text}", "x.md")[0] == {"a": text}

    @pytest.mark.parametrize(
        "number", ["1:" * 200_000 + "1", "1:" * 20_000 + "1", "1:" * 3000 + "1.5"]
    )
    def test_and_no_work(self, number):
        assert said_of(f"a: {number}")

    @pytest.mark.parametrize("number", ["9" * 101, "0x" + "f" * 101, "1" * 5000])
    def test_digits_that_nobody_means(self, number):
        assert "at most 100 digits" in said_of(f"a: {number}")

    @pytest.mark.parametrize(
        "text, value", [("12", 12), ("-1_000", -1000), ("0x1f", 31), ("2.5", 2.5)]
    )
    def test_others_are_read_as_ever(self, text, value):
        assert front_matter(f"a: {text}", "x.md")[0] == {"a": value}

    @pytest.mark.parametrize("text", ["0b_", "0x_", "2020-13-45", "2001-02-30"])
    def test_what_only_looks_like_one(self, text):
        assert "malformed front matter" in said_of(f"a: {text}")
