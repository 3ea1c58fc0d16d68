// Package soak runs the real program and ends it in every way a machine can,
// against receivers that record what reached them.
package soak

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"
)

// usual is how long the daemon is killed without SOAK.
const usual = 3 * time.Second

// grace is how long a stop may take: that of `outpace run`, and a little for
// the machine.
const grace = 20*time.Second + 2*time.Second

// soak is one run.
type soak struct {
	*program
	world     *world
	receivers *receivers
	desk      *desk
	crowd     *crowd
	random    *rand.Rand
	kills     int // ends without a word
	stops     int // clean ones
	did       map[string]int
}

// TestSoak kills, stops, reloads, freezes and starves the daemon on all four
// channels for SOAK (a duration), with the instants drawn by SEED, and then
// asks everybody what happened. It runs by the clock: the same seed draws the
// same waits, not the same instants of the program.
func TestSoak(t *testing.T) {
	length, seed := settings(t)
	s := &soak{program: build(t), did: map[string]int{}, random: rand.New(rand.NewPCG(seed, 0))}
	s.receivers = receive(t, seed)
	s.world = newWorld(t, s.program, s.receivers.url, length)
	s.world.write(t)
	s.desk = &desk{p: s.program, sent: map[string]card{}, told: map[string]bool{}}
	s.crowd = &crowd{p: s.program, done: map[string]bool{}}
	first := s.start(t) // imports everybody
	first.until(t, s.program)

	began := time.Now()
	ctx, over := context.WithTimeout(t.Context(), length)
	defer over()
	var wg sync.WaitGroup
	everybody := s.world.everybody()
	wg.Go(func() { live(ctx, t, s.desk, s.crowd, seed, everybody) })
	s.disturb(ctx, t, first)
	wg.Wait()
	took := time.Since(began)
	s.settle(t)
	s.judge(t, took, seed)
}

func settings(t *testing.T) (length time.Duration, seed uint64) {
	length, seed = usual, 1
	var err error
	if testing.Short() {
		length /= 2
	}
	if text := os.Getenv("SOAK"); text != "" {
		if length, err = time.ParseDuration(text); err != nil || length < time.Second {
			t.Fatalf("SOAK=%s is no duration of a second or more: %v", text, err)
		}
	}
	if text := os.Getenv("SEED"); text != "" {
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("SEED: %v", err)
		}
	}
	return length, seed
}

// disturb ends daemons and starts others until ctx ends. Every kind of trouble
// has its turn; when it comes, and how long it lasts, is drawn.
func (s *soak) disturb(ctx context.Context, t *testing.T, d *daemon) {
	troubles := []struct {
		name string
		do   func(*testing.T, *daemon)
	}{
		{"killed", s.nothing}, {"second daemon", s.second}, {"disk full", s.starve}, {"frozen", s.freeze},
		{"reloaded", s.reload}, {"killed as it starts", nil}, {"broken file", s.spoil}, {"stopped", s.nothing},
	}
	for n := 0; ctx.Err() == nil; n++ {
		if trouble := troubles[n%len(troubles)]; trouble.do == nil {
			pause(t.Context(), s.upTo(300*time.Millisecond))
			s.did[trouble.name]++
			s.kill(t, d)
		} else {
			d.until(t, s.program)
			pause(t.Context(), s.upTo(900*time.Millisecond))
			trouble.do(t, d)
			s.did[trouble.name]++
			pause(t.Context(), s.upTo(600*time.Millisecond))
			if trouble.name == "stopped" {
				s.stop(t, d)
			} else {
				s.kill(t, d)
			}
		}
		d = s.start(t)
	}
	d.until(t, s.program)
	s.stop(t, d)
}

func (s *soak) upTo(d time.Duration) time.Duration { return time.Duration(s.random.Int64N(int64(d))) }

func (s *soak) kill(t *testing.T, d *daemon) {
	t.Helper()
	d.kill(t)
	s.kills++
}

// stop asks for an end in the middle of calls: it must come within the grace,
// with every call recorded.
func (s *soak) stop(t *testing.T, d *daemon) {
	t.Helper()
	if took := d.stop(t, s.program); took > grace {
		t.Errorf("the stop took %s", took)
	}
	s.stops++
	if _, n := s.open(t); n != 0 {
		t.Errorf("%d calls that cannot be repeated are open after a stop", n)
	}
}

func (s *soak) nothing(*testing.T, *daemon) {}

func (s *soak) reload(t *testing.T, d *daemon) {
	s.world.edit(t)
	d.signal(t, syscall.SIGHUP)
}

// spoil lets the daemon read a broken file, and start with one.
func (s *soak) spoil(t *testing.T, d *daemon) {
	s.world.put(t, "campaigns.yaml", s.world.yaml()+"  broken: { steps: 1 }\n")
	d.signal(t, syscall.SIGHUP)
	pause(t.Context(), s.upTo(300*time.Millisecond))
	s.kill(t, d)
	*d = *s.start(t)
	d.until(t, s.program)
	pause(t.Context(), s.upTo(300*time.Millisecond))
	s.world.write(t)
	d.signal(t, syscall.SIGHUP)
}

// freeze stops the process where it stands, in a transaction or in a call.
func (s *soak) freeze(t *testing.T, d *daemon) {
	d.signal(t, syscall.SIGSTOP)
	pause(t.Context(), s.upTo(1500*time.Millisecond))
	d.signal(t, syscall.SIGCONT)
}

// second tries a second daemon on the same database: it refuses.
func (s *soak) second(t *testing.T, _ *daemon) {
	if _, told, code := s.ask("", "run", "--allow-exec"); code != 4 {
		t.Errorf("a second daemon ended with code %d, want 4: %.500s", code, told)
	}
}

// starve lets no file of the daemon grow beyond a drawn size: what it writes
// fails, in the middle of a page or a line too, as on a full disk.
func (s *soak) starve(t *testing.T, d *daemon) {
	size := int64(4096)
	for _, name := range []string{"outpace.db-wal", "outbox.jsonl"} {
		if info, err := os.Stat(s.file(name)); err == nil {
			size = max(size, info.Size())
		}
	}
	limitFileSize(t, d.cmd.Process.Pid, s.random.Int64N(size))
	pause(t.Context(), s.upTo(1500*time.Millisecond))
	limitFileSize(t, d.cmd.Process.Pid, -1)
}

// settle lets the last daemon end what is open, and releases nothing more.
func (s *soak) settle(t *testing.T) {
	s.receivers.kind.Store(true)
	s.world.quiet = true
	s.world.write(t)
	d := s.start(t)
	d.until(t, s.program)
	random := rand.New(rand.NewPCG(0, 3))
	for deadline := time.Now().Add(30 * time.Second); ; pause(t.Context(), 50*time.Millisecond) {
		cards := s.desk.work(t, random, false)
		open, _ := s.open(t)
		if cards+open == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Errorf("%d cards and %d calls are still open\n%s", cards, open, s.tail())
			break
		}
	}
	s.stop(t, d)
}
