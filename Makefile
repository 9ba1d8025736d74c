# The README tells what each of these does. Everything they need and do not find, they install or start themselves.
PORT ?= 8000
export PORT
# Where it is set, each process that starts would compile all our modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test lint bench
run:
	@scripts/run

test:
	@scripts/test $(ARGS)

lint:
	@scripts/lint

bench:
	@scripts/bench $(ARGS)
