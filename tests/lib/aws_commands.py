"""awscli for tests that run many commands: it starts once, not for each.

    aws_commands.py STDOUT STDERR

A request is a line on stdin, quoted as a shell does: the process whose stdin
the command takes, the directory, the access key, the secret key, and awscli's
arguments. What the command writes is left in the files STDOUT and STDERR; the
answer is a line with its exit status.
"""

import os
import shlex
import sys

import awscli.clidriver


def warm_driver():
    """A driver that has read what every command of S3 needs."""
    driver = awscli.clidriver.create_clidriver()
    loader = driver.session.get_component("data_loader")
    loader.load_service_model("s3", "service-2")
    loader.load_data("endpoints")
    return driver


def redirect(number, path, flags):
    """Opens a file in place of a standard one."""
    try:
        file = os.open(path, flags)
    except OSError:  # a stdin that cannot be opened again
        file = os.open(os.devnull, flags)
    os.dup2(file, number)


def run(driver, process, directory, access, secret, *arguments):
    """Runs one command in this process, which then ends."""
    os.chdir(directory)
    redirect(0, f"/proc/{process}/fd/0", os.O_RDONLY)
    redirect(1, sys.argv[1], os.O_WRONLY)
    redirect(2, sys.argv[2], os.O_WRONLY)
    os.environ.update(AWS_ACCESS_KEY_ID=access, AWS_SECRET_ACCESS_KEY=secret)
    status = awscli.clidriver.AWSCLIEntryPoint(driver).main(arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def main():
    """Serves requests until stdin ends."""
    driver = warm_driver()
    for line in sys.stdin:
        for name in sys.argv[1:3]:
            with open(name, "wb"):
                pass
        child = os.fork()
        if child == 0:
            run(driver, *shlex.split(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
