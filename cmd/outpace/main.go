// Command outpace schedules outreach messages under account limits.
//
// This package wires: flags, paths, output, exit codes; one file a verb. What a
// person can ask for stands in package app.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the Makefile.
var version = ""

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends what does not listen
	code := execute(ctx, &cli{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, env: os.Getenv}, os.Args[1:])
	stop()
	os.Exit(code)
}
