# make run       build, then run the example campaigns in this folder
# make build     bin/outpace
# make test      all tests
# make faults    a life with every call failing in turn, and 500 random ones
# make soak      kill the real program for SOAK (60s; 8h for a night)
# make bench     every benchmark once; TARGETS=1000000 for the size of the import
# make lint      gofmt, go vet, staticcheck
# make fmt       gofmt, in place
# make generate  what is generated and committed: campaigns.schema.json
# make install   into PREFIX (/usr/local), below DESTDIR; enables nothing
# make deb       a Debian package, in bin
# make clean     what build made

PREFIX  ?= /usr/local
DESTDIR ?=
BINARY  ?= bin/outpace
ZSH_COMPLETIONS ?= $(PREFIX)/share/zsh/site-functions
GO      ?= go
TARGETS ?= 50000
SOAK    ?= 60s

VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
# The only files gofmt has a say in: not those of tools in hidden folders.
GOFILES   = $(shell find . -name '*.go' -not -path './.*')
STATICCHECK = $(GO) tool -modfile=.ci/tools/go.mod staticcheck

export CGO_ENABLED = 1

.DELETE_ON_ERROR:
.PHONY: run build test faults soak bench lint fmt generate install deb clean need-go need-cc

run: build
	./bin/outpace run -c campaigns.example.yaml --db outpace.db

build: need-cc
	$(GO) build -trimpath -ldflags '-X main.version=$(VERSION)' -o bin/outpace ./cmd/outpace

test: need-cc
	$(GO) test ./...

faults: need-cc
	$(GO) test -count 1 -v -run '^TestFaults$$' ./sim -args -whole

soak: need-cc
	SOAK=$(SOAK) $(GO) test -count 1 -timeout 0 -v -run '^TestSoak$$' ./cmd/outpace/soak

bench: need-cc
	TARGETS=$(TARGETS) $(GO) test -run '^$$' -bench . -benchtime 1x ./...

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
	@test -x $(BINARY) || { echo 'make: $(BINARY) is not built yet: run "make build" first' >&2; exit 1; }
	install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/outpace
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed -e 's,/usr/local/bin/,$(PREFIX)/bin/,' -e 's,/usr/local/share/,$(PREFIX)/share/,' packaging/outpace.service > $(DESTDIR)$(PREFIX)/lib/systemd/system/outpace.service
	chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/system/outpace.service
	install -D -m 644 packaging/outpace.sysusers.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/outpace.conf
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d $(DESTDIR)$(ZSH_COMPLETIONS)
	$(BINARY) completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/outpace
	$(BINARY) completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/outpace.fish
	$(BINARY) completion zsh > $(DESTDIR)$(ZSH_COMPLETIONS)/_outpace
	install -d $(DESTDIR)$(PREFIX)/share/doc/outpace/docs/decisions $(DESTDIR)$(PREFIX)/share/doc/outpace/examples
	install -m 644 README.md CHANGELOG.md $(DESTDIR)$(PREFIX)/share/doc/outpace
	install -m 644 docs/*.md $(DESTDIR)$(PREFIX)/share/doc/outpace/docs
	install -m 644 docs/decisions/*.md $(DESTDIR)$(PREFIX)/share/doc/outpace/docs/decisions
	install -m 644 campaigns.schema.json $(DESTDIR)$(PREFIX)/share/doc/outpace/examples
	install -m 644 campaigns.example.yaml $(DESTDIR)$(PREFIX)/share/doc/outpace/examples/campaigns.yaml

deb: need-cc
	GO='$(GO)' MAKE='$(MAKE)' VERSION='$(VERSION)' packaging/deb.sh

clean:
	rm -rf bin

need-go:
	@command -v $(GO) >/dev/null || { echo 'make: Go is missing: outpace needs Go 1.26 or later, see https://go.dev/doc/install' >&2; exit 1; }

need-cc: need-go
	@cc=$${CC:-$$($(GO) env CC)}; command -v $${cc%% *} >/dev/null || { echo "make: no C compiler ($$cc): SQLite is written in C; on Debian: apt-get install gcc libc6-dev" >&2; exit 1; }
