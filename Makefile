# make run       build, then run the example campaigns in this folder
# make build     bin/outpace
# make test      all tests
# make bench     every benchmark once
# make lint      gofmt, go vet, staticcheck
# make fmt       gofmt, in place
# make generate  what is generated and committed: campaigns.schema.json
# make install   into PREFIX (/usr/local), below DESTDIR; enables nothing
# make clean     what build made

PREFIX  ?= /usr/local
DESTDIR ?=
GO      ?= go

VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
# The only files gofmt has a say in: not those of tools in hidden folders.
GOFILES   = $(shell find . -name '*.go' -not -path './.*')
STATICCHECK = $(GO) tool -modfile=.ci/tools/go.mod staticcheck

export CGO_ENABLED = 1

.DELETE_ON_ERROR:
.PHONY: run build test bench lint fmt generate install clean need-go need-cc

run: build
	./bin/outpace run -c campaigns.example.yaml --db outpace.db

build: need-cc
	$(GO) build -trimpath -ldflags '-X main.version=$(VERSION)' -o bin/outpace ./cmd/outpace

test: need-cc
	$(GO) test ./...

bench: need-cc
	$(GO) test -run '^$$' -bench . -benchtime 1x ./...

lint: need-cc
	@files=$$(gofmt -l $(GOFILES)); test -z "$$files" || { echo "not gofmt'ed (make fmt):"; echo "$$files"; exit 1; }
	$(GO) vet ./...
	$(STATICCHECK) ./...

fmt: need-go
	gofmt -w $(GOFILES)

generate: build
	$(GO) generate ./...
	./bin/outpace schema > bin/campaigns.schema.json
	mv bin/campaigns.schema.json campaigns.schema.json

# Only copies what is built, so that root needs no Go: make build && sudo make install
install:
	@test -x bin/outpace || { echo 'make: bin/outpace is not built yet: run "make build" first' >&2; exit 1; }
	install -D -m 755 bin/outpace $(DESTDIR)$(PREFIX)/bin/outpace
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's,/usr/local/bin/,$(PREFIX)/bin/,' packaging/outpace.service > $(DESTDIR)$(PREFIX)/lib/systemd/system/outpace.service
	chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/system/outpace.service
	install -D -m 644 packaging/outpace.sysusers.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/outpace.conf

clean:
	rm -rf bin

need-go:
	@command -v $(GO) >/dev/null || { echo 'make: Go is missing: outpace needs Go 1.26 or later, see https://go.dev/doc/install' >&2; exit 1; }

need-cc: need-go
	@cc=$${CC:-$$($(GO) env CC)}; command -v $${cc%% *} >/dev/null || { echo "make: no C compiler ($$cc): SQLite is written in C; on Debian: apt-get install gcc libc6-dev" >&2; exit 1; }
