"""python -m cdk_ml_serving_convert --model M [--model M2] [--sample X.csv] --out folder [--target y] [--tolerance 1e-4]"""

from __future__ import annotations

import argparse
import io
import os
import sys
from pathlib import Path

from .packages import ALWAYS, needed_by, require
from .refused import Refused, first_line


def main(arguments: list[str] | None = None) -> int:
    # a pickle may need modules in the working folder, but they must not replace packages
    if sys.path[0] in ("", os.getcwd()):
        sys.path.append(sys.path.pop(0))
    # characters that the terminal cannot show are escaped
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    parser = argparse.ArgumentParser(prog="cdk_ml_serving_convert")
    parser.add_argument("--model", required=True, type=Path, action="append")
    parser.add_argument("--sample", type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--target")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    parser.add_argument("--time-limit", type=float, default=600.0)
    # the caller says which files were written and what to do next
    parser.add_argument("--caller-reports", action="store_true")
    options = parser.parse_args(arguments)
    try:
        if sys.version_info < (3, 9):
            raise Refused(
                f"convert needs Python 3.9 or newer, got: {sys.version.split()[0]} at {sys.executable}", "name another by --python"
            )
        require(*ALWAYS, *sorted({name for model in options.model for name in needed_by(model)}))
        # imported after the check, because it needs these packages
        from .run import run

        run(options)
        return 0
    except Refused as refused:
        reason, advice = refused.message, refused.advice
    except KeyboardInterrupt:
        return 130
    except MemoryError:
        reason, advice = "ran out of memory", ("take a smaller sample",)
    except Exception as error:  # an error of a library is reported as one sentence
        reason, advice = f"stopped unexpectedly: {first_line(error)}", ()
        if error.__traceback__ is not None:
            where = error.__traceback__
            while where.tb_next is not None:
                where = where.tb_next
            advice = (f"at {Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}",)
    sys.stdout.flush()
    print(f"not converted: {reason}", *(f"  {line}" for line in advice), sep="\n", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
