package limits

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// The built-in plans are those of docs/scheduling.md; what changes shows in the diff.
func TestFacts(t *testing.T) {
	var b strings.Builder
	for _, p := range Presets() {
		for _, f := range Facts(p.Name) {
			fmt.Fprintf(&b, "%-26s %-24s %-22s %s\n", f.Plan, f.Field, f.Value, f.Source)
		}
	}
	const golden = "testdata/presets.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Error(diff)
	}
	if Facts("platinum") != nil || Remark("platinum") != "" {
		t.Error("facts about no plan")
	}
}

func TestPresetsAreComplete(t *testing.T) {
	for _, p := range Presets() {
		if got, ok := Preset(p.Name); !ok || !cmp.Equal(got, p) {
			t.Errorf("%s cannot be found by its name", p.Name)
		}
		if c := p.InMail; c.Monthly > 0 && (c.MaxBalance < c.Monthly || p.Caps[InMail].Day != c.Monthly || (c.RolloverDays == 0) == (c.RolloverMonths == 0)) {
			t.Errorf("%s: %+v", p.Name, c)
		}
		for _, f := range Facts(p.Name) {
			if f.Meaning == "" || f.Meaning == "unknown" {
				t.Errorf("%s: where does %s come from?", p.Name, f.Field)
			}
		}
	}
	if _, ok := Preset("platinum"); ok {
		t.Error("there is a plan platinum")
	}
	p, _ := Preset("basic")
	p.Caps[Connect] = Cap{}
	if again, _ := Preset("basic"); again.Caps[Connect].Day != 20 {
		t.Error("a caller changed the preset")
	}
}

func TestPlanJSON(t *testing.T) {
	for _, p := range Presets() {
		p.Uncounted = []Kind{Message, Reminder}
		p.InMail.Pace, p.InMail.OnTop = Even, true
		p.InMail.Reserve = &Reserve{Credits: 5, MinPriority: 90, UntilDays: 5}
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var got Plan
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, got); diff != "" {
			t.Errorf("%s\n%s", b, diff)
		}
	}
}

// name is what every enum of the room can do.
type name[T any] interface {
	*T
	UnmarshalText([]byte) error
}

func checkNames[T interface {
	comparable
	fmt.Stringer
	MarshalText() ([]byte, error)
}, P name[T]](t *testing.T, values ...T) {
	t.Helper()
	for _, v := range values {
		b, err := v.MarshalText()
		var got T
		if err != nil || P(&got).UnmarshalText(b) != nil || got != v || string(b) != v.String() {
			t.Errorf("%v is written %q and read %v", v, b, got)
		}
	}
	var v T
	if P(&v).UnmarshalText([]byte("x")) == nil {
		t.Errorf("%T reads x", v)
	}
}

func TestNames(t *testing.T) {
	checkNames[DayMode](t, Local, UTC, Rolling, Strict)
	checkNames[Pace](t, FrontLoad, Even, ASAP)
	checkNames[Kind](t, append(Kinds, 0)...)
	var all []Held
	for h := Ready; h <= HeldBeyondHorizon; h++ {
		all = append(all, h)
	}
	checkNames[Held](t, all...)
	for _, s := range []fmt.Stringer{DayMode(99), Pace(99), Kind(99), Held(99)} {
		if !strings.HasSuffix(s.String(), "(99)") {
			t.Errorf("%T 99 is %s", s, s)
		}
	}
	var m DayMode
	var p Pace
	if m.UnmarshalText(nil) != nil || p.UnmarshalText(nil) != nil || m != Local || p != FrontLoad {
		t.Error("no text is not the default")
	}
}

func TestTextLimits(t *testing.T) {
	p, _ := Preset("basic")
	for k, want := range map[Kind][2]int{
		Connect: {0, 200}, Message: {0, 3000}, InMail: {200, 1900},
		Introduction: {0, 3000}, Invitation: {0, 3000}, Reminder: {0, 3000},
	} {
		if subject, body := p.TextLimits(k); subject != want[0] || body != want[1] {
			t.Errorf("%s: %d, %d", k, subject, body)
		}
	}
	for s, want := range map[string]int{"": 0, "Grüße": 5, "👍": 2, "e\u0301": 2, "\xff": 1} {
		if got := TextLen(s); got != want {
			t.Errorf("TextLen(%q) = %d, want %d", s, got, want)
		}
	}
}
