package soak

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// delivery is what a receiver reads of a message.
type delivery struct {
	ID         string    `json:"id"`
	Key        string    `json:"key"`
	Account    string    `json:"account"`
	Target     string    `json:"target"`
	SlotAt     time.Time `json:"slot_at"`
	ReleasedAt time.Time `json:"released_at"`
}

// callTimeout is the webhook channels' timeout.
const callTimeout = 2 * time.Second

// received are the calls of one endpoint.
type received struct {
	mu      sync.Mutex
	calls   map[string]int      // by key
	effects map[string]delivery // by key: what has gone out
	doubles []string            // keys that had their effect twice
	unclear map[string]bool     // keys whose caller cannot know
	again   bool                // the same key twice has the effect of once
}

// receivers answer both webhooks: slowly, wrongly, or not at all.
type receivers struct {
	url         string
	once, again received
	kind        atomic.Bool // everything is answered well
	seed        uint64
}

func receive(t *testing.T, seed uint64) *receivers {
	r := &receivers{seed: seed}
	mux := http.NewServeMux()
	for path, to := range map[string]*received{"/once": &r.once, "/again": &r.again} {
		to.calls, to.effects, to.unclear = map[string]int{}, map[string]delivery{}, map[string]bool{}
		to.again = path == "/again"
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, req *http.Request) { r.answer(w, req, to) })
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

// draw is the same number from 0 to 999 for the same words.
func (r *receivers) draw(words ...any) int {
	h := fnv.New64a()
	fmt.Fprint(h, r.seed, words)
	return int(h.Sum64() % 1000)
}

func (r *receivers) answer(w http.ResponseWriter, req *http.Request, to *received) {
	var d delivery
	if err := json.NewDecoder(req.Body).Decode(&d); err != nil {
		http.Error(w, err.Error(), http.StatusTeapot) // the channel goes off, and the test fails
		return
	}
	n := to.call(d)
	mood := r.draw(d.Key)
	if r.kind.Load() || to.again && n > 1 {
		mood = 999
	}
	wait := time.Duration(r.draw(d.Key, "wait")/20) * time.Millisecond
	switch {
	case mood < 40:
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	case mood < 60:
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case mood < 70:
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	case mood < 120: // an error, a broken connection or none of an answer: before or after the effect
		to.doubt(d.Key)
		if mood%2 == 0 {
			to.effect(d)
		}
		fail(w, mood%10/2, wait)
		return
	case mood < 180:
		wait *= 10
	}
	to.effect(d)
	time.Sleep(wait)
}

// fail leaves the caller without an answer it could understand.
func fail(w http.ResponseWriter, how int, wait time.Duration) {
	time.Sleep(wait)
	switch how {
	case 0, 1:
		w.WriteHeader(http.StatusInternalServerError)
		return
	case 2:
		time.Sleep(callTimeout + time.Second)
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok && how == 3 {
		_ = tcp.SetLinger(0) // a reset, not an end
	}
	conn.Close()
}

// call counts the calls of a key.
func (to *received) call(d delivery) int {
	to.mu.Lock()
	defer to.mu.Unlock()
	to.calls[d.Key]++
	return to.calls[d.Key]
}

func (to *received) doubt(key string) {
	to.mu.Lock()
	defer to.mu.Unlock()
	to.unclear[key] = true
}

// effect is the message going out.
func (to *received) effect(d delivery) {
	to.mu.Lock()
	defer to.mu.Unlock()
	_, before := to.effects[d.Key]
	if before && to.again {
		return
	}
	if before {
		to.doubles = append(to.doubles, d.Key)
	}
	to.effects[d.Key] = d
}
