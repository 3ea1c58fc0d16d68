package campaign

import (
	"errors"
	"strings"
	"testing"
)

func TestFields(t *testing.T) {
	tests := []struct{ name, first, last string }{
		{"Grace Example", "Grace", "Example"},
		{"Grace", "Grace", ""},
		{"Grace Brewster Example", "Grace", "Brewster Example"},
		{"Dr. Grace Example", "Grace", "Example"},
		{"Prof. Dr. Grace Example", "Grace", "Example"},
		{"Dr.", "Dr.", ""},
		{"Example, Grace", "Grace", "Example"},
		{"Grace Example, PhD", "Grace", "Example, PhD"},
		{"  Grace   Example ", "Grace", "Example"},
		{"", "", ""},
	}
	for _, tt := range tests {
		f := Target{Name: tt.name}.Fields(50)
		if f["first_name"] != tt.first || f["last_name"] != tt.last {
			t.Errorf("%q: first %q, last %q; want %q, %q", tt.name, f["first_name"], f["last_name"], tt.first, tt.last)
		}
	}
	own := Target{Name: "G. Example", FirstName: "Grace", Zone: MustZone("Asia/Tokyo"), Extra: map[string]string{"topic": "x"}}.Fields(7)
	for key, want := range map[string]string{"name": "G. Example", "first_name": "Grace", "last_name": "", "priority": "7", "zone": "Asia/Tokyo", "degree": "", "topic": "x"} {
		if got, ok := own[key]; got != want || !ok {
			t.Errorf("%s = %q, %t; want %q", key, got, ok, want)
		}
	}
}

func TestFieldID(t *testing.T) {
	for header, want := range map[string]string{
		"Full Name": "full_name", "PROFILE": "profile", " E-Mail ": "e_mail", "Größe (cm)": "größe_cm", "2nd try": "_2nd_try",
		"a__b": "a_b", "_x_": "x", "!?": "", "": "", "Zip/Postcode": "zip_postcode", "ﬁrst\u0301": "ﬁrst",
	} {
		if got := fieldID(header); got != want {
			t.Errorf("fieldID(%q) = %q, want %q", header, got, want)
		}
		if again := fieldID(want); again != want {
			t.Errorf("fieldID(%q) = %q: not stable", want, again)
		}
	}
}

func TestTargets(t *testing.T) {
	set, _, err := Load("testdata/good/everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	collect := func(t Target) error {
		got = append(got, t.Name+"|"+t.Profile+"|"+t.Company+"|"+t.Extra["topic"])
		return nil
	}
	for range 2 { // it can be read again
		got = nil
		if err := set.Campaign("founders").Targets(collect); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"Grace Example|https://www.linkedin.com/in/example-grace|Example Navy|",
			"Grace Example|https://www.linkedin.com/in/example-grace-h|Example Labs|compilers",
			"Example, Alan|https://www.linkedin.com/in/example-alan|Example \"Park\"|",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	stop := errors.New("stop")
	if err := set.Campaign("founders").Targets(func(Target) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("Targets = %v, want the error of yield", err)
	}
}

// A file that changed after it was loaded is an error that names the row.
func TestTargetsOfAChangedFile(t *testing.T) {
	c := Campaign{Name: "c", Sources: []Source{{CSV: "testdata/csv/bad_rows.csv", shown: "bad_rows.csv"}}}
	err := c.Targets(func(Target) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "bad_rows.csv:2:33: degree") {
		t.Errorf("Targets = %v", err)
	}
	c.Sources[0].CSV = "testdata/csv/nowhere.csv"
	if err := c.Targets(func(Target) error { return nil }); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("Targets = %v", err)
	}
}
