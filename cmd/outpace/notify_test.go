package main

import (
	"net"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// fakeSystemd is the other end of a story's NOTIFY_SOCKET.
type fakeSystemd struct {
	mu   sync.Mutex
	said []string
	news chan struct{} // something was said since it was looked at
}

// listenAsSystemd makes the socket of a story and takes down what is said there.
func listenAsSystemd(e *testscript.Env) error {
	path := filepath.Join(e.WorkDir, "notify.sock")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return err
	}
	e.Defer(func() { conn.Close() })
	s := &fakeSystemd{news: make(chan struct{}, 1)}
	e.Values["systemd"] = s
	go func() {
		for buf := make([]byte, 4096); ; {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			s.mu.Lock()
			s.said = append(s.said, string(buf[:n]))
			s.mu.Unlock()
			select {
			case s.news <- struct{}{}:
			default:
			}
		}
	}()
	return nil
}

// notified waits until systemd was told all of these in this order: notified READY=1
func notified(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: notified STATE...")
	}
	s := ts.Value("systemd").(*fakeSystemd)
	for deadline := time.After(15 * time.Second); ; {
		s.mu.Lock()
		said := strings.Join(s.said, "\n")
		rest := args
		for _, state := range s.said {
			if len(rest) > 0 && state == rest[0] {
				rest = rest[1:]
			}
		}
		s.mu.Unlock()
		if len(rest) == 0 {
			return
		}
		select {
		case <-s.news:
		case <-deadline:
			ts.Fatalf("systemd was not told %q, but:\n%s", rest, said)
		}
	}
}
