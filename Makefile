# Lanewise. meson and ninja do the work; these are the names to remember. `make help` is the manual.
#   B=DIR    build folder (default build; everything is written below it and OUT)
#   OUT=DIR  what `make run` makes (default out; with another B: B/out)
B = build
ifeq ($(B),build)
OUT = out
else
OUT = $(B)/out
endif
export B OUT
T = mrz
S = 60

.PHONY: all setup setup-test setup-bench build run smoke test check soak asan clang tsan fuzz bench bench-store eval mrz-pictures \
	fmt lint cover docs man doctor install clean distclean help
.NOTPARALLEL:

all: build ## the same as build

setup: ## install missing Debian packages, fetch runtime library, networks, photographs
	@tools/setup.sh run
setup-test:
	@tools/setup.sh run test
setup-bench:
	@tools/setup.sh run bench

build: setup ## build/lanewise
	@tools/build.sh plain lanewise lanewise-decoder

run: build ## the main job on the sample: crossings from sample photographs, out/report.html
	@tools/run.sh

smoke: build ## one small crossing end to end, quietly; exit code only
	@tools/run.sh smoke

test: ## everything: all tests (plain, sanitizers), clang, rooms, format, lint; ends with the count
	@tools/setup.sh run test
	@tools/test.sh

check: setup-test ## the fast part of test: unit, golden, corpus replay, rooms, headers
	@tools/build.sh plain
	@tools/meson_test.sh plain
	@tools/check.sh rooms headers symbols

asan: setup-test ## all tests under AddressSanitizer, LeakSanitizer and UBSan
	@tools/build.sh asan
	@tools/meson_test.sh asan

soak: setup-test ## thousands of kill -9 under a writing store, and what was acknowledged counted
	@tools/build.sh plain
	@LW_TEST_KILLS=3000 tools/meson_test.sh plain -t 10 -v test_writer

tsan: setup-test ## all tests under ThreadSanitizer
	@tools/build.sh tsan
	@tools/meson_test.sh tsan

clang: setup-test ## build everything with clang, warnings are errors
	@tools/build.sh clang

fuzz: ## fuzz one target: make fuzz T=mrz S=60 (seconds)
	@tools/setup.sh run fuzz
	@tools/fuzz.sh "$(T)" "$(S)"

bench: setup-bench build ## how fast each stage is, beside a named peer
	@"$$B/lanewise" bench

bench-store: setup-test ## a store of a million crossings: open, lookup, purge beside a writer (DATA=DIR keeps it)
	@tools/build.sh plain
	@tools/bench_store.sh "$(DATA)"

.PHONY: bench-documents
bench-documents: setup-test ## how long checking a document and reading a chip take
	@tools/build.sh plain
	@"$$B/plain/tests/bench/bench_documents" "$$B/plain/lanewise-decoder"

eval: build ## error rates on DIR/person/photo.jpg: make eval DATA=DIR
	@tools/eval.sh "$(DATA)"

fmt: setup-test ## clang-format on all C files
	@tools/format.sh -i

N = 400
mrz-pictures: setup-test ## how often zones on pictures are read right: make mrz-pictures N=400
	@tools/build.sh plain tools/mrzpictures/mrz-pictures
	@"$$B/plain/tools/mrzpictures/mrz-pictures" measure "$(N)" 1

lint: setup-test ## clang-tidy, few checks, no warnings
	@tools/build.sh clang
	@tools/check.sh tidy

cover: ## line coverage of the tests: build/cover/meson-logs/coveragereport
	@tools/setup.sh run cover
	@tools/build.sh cover
	@tools/meson_test.sh cover
	@ninja -C "$$B/cover" coverage-html

man: build ## docs/man/*.1 from --help
	@tools/man.sh docs/man

docs: man ## man pages, and a check of links in the documents
	@tools/check.sh docs

doctor: build ## what is installed, which networks, which CPU features
	@"$$B/lanewise" doctor

install: build ## meson install: DESTDIR=, and B configured with --prefix
	@meson install -C "$$B/plain" --no-rebuild

clean: ## remove what was built, keep what was fetched
	@tools/clean.sh

distclean: ## remove the build folder and OUT; the cache of downloads stays
	@tools/clean.sh all

help: ## this text
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 14
	@echo
	@sed -n 's/^#   \(.*\)/  \1/p' Makefile
