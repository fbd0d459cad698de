"""`opsentrix worker` without its pauses: `python -m e2e.eager_worker`. Whoever kills it is to meet it at work."""

from opsentrix import cli, worker

if __name__ == "__main__":
    worker._EACH_S = 0.1
    worker._RETRY_S = 0.3
    cli.cli(["worker"])
