"""TAP for the tests in Python, as tap.sh is for those in bash."""

MOST = 10  # lines of reasons under one failure


class Tap:
    """Counts the checks; end() prints the plan and returns the exit status."""

    def __init__(self):
        self.count = self.failed = 0

    def ok(self, good, name, *why):
        """A check, and the lines that a failure prints."""
        self.count += 1
        self.failed += not good
        print("ok" if good else "not ok", self.count, "-", name)
        for line in why[:MOST] if not good else ():
            print("#", line)

    def none(self, wrong, name):
        """A check that holds if nothing is in the list of what is wrong."""
        wrong = list(wrong)
        self.ok(not wrong, name, *wrong)

    def end(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0
