"""Two programs line by line."""

from labs.presentation.source_diff import difference

LEFT = "".join(f"line {number}\n" for number in range(20))
RIGHT = LEFT.replace("line 10\n", "another\nand one more\n")


def compared(left=LEFT, right=RIGHT):
    return difference(left, right, str.splitlines)


class TestDifferences:
    def test_what_was_removed_and_added_is_marked_with_its_line(self):
        shown = [(line.sign, line.left, line.right) for line in compared().lines]
        changed = [line for line in shown if line[0]]
        assert changed == [("-", 11, None), ("+", None, 11), ("+", None, 12)]

    def test_equal_lines_have_both_numbers(self):
        last = compared().lines[-1]
        assert (last.sign, last.left, last.right) == ("", 14, 15)

    def test_lines_far_from_any_change_are_left_out_and_counted(self):
        first, *others = compared().lines
        assert first.skipped == 7 and not any(line.skipped for line in others)

    def test_lines_are_counted(self):
        found = compared()
        assert (found.removed, found.added, found.equal) == (1, 2, 19)

    def test_equal_programs_show_nothing(self):
        assert compared(LEFT, LEFT).lines == ()
