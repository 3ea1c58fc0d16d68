package outbox

// maxKeys bounds the memory of a daemon that runs for months. Only what a crash
// left open is ever asked for, and that is among the last few.
const maxKeys = 1 << 16

// recent is the set of the last maxKeys keys added. The zero recent is empty.
type recent struct {
	set  map[string]bool
	ring []string
	next int // where in the full ring the oldest stands
}

func (r *recent) has(key string) bool { return r.set[key] }

func (r *recent) add(key string) {
	if r.set[key] {
		return
	}
	if r.set == nil {
		r.set = make(map[string]bool)
	}
	r.set[key] = true
	if len(r.ring) < maxKeys {
		r.ring = append(r.ring, key)
		return
	}
	delete(r.set, r.ring[r.next])
	r.ring[r.next] = key
	r.next = (r.next + 1) % maxKeys
}
