package nfc

import (
	"os"
	"strings"
	"testing"
)

// The vectors are random sequences of composed and combining characters with
// the answer of Python's unicodedata.
func TestVectors(t *testing.T) {
	data, err := os.ReadFile("testdata/vectors.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		in, want, _ := strings.Cut(strings.TrimSpace(line), ";")
		if got := String(text(in)); got != text(want) {
			t.Errorf("String(%+q) = %+q, want %+q", text(in), got, text(want))
		}
		if got := String(text(want)); got != text(want) {
			t.Errorf("String(%+q) = %+q: not stable", text(want), got)
		}
	}
}

func text(codes string) string {
	var b strings.Builder
	for _, code := range strings.Fields(codes) {
		b.WriteRune(hex(code))
	}
	return b.String()
}

func FuzzStable(f *testing.F) {
	for _, seed := range []string{"", "Grace", "e\u0301", "\u1100\u1161\u11a8", "\u0344", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := String(s)
		if twice := String(once); twice != once {
			t.Errorf("%+q, then %+q", once, twice)
		}
	})
}
