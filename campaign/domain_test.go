package campaign

import (
	"slices"
	"strings"
	"testing"
)

func TestDomain(t *testing.T) {
	tests := []struct{ text, want string }{
		{"example.com", "example.com"},
		{" Example.COM. ", "example.com"},
		{"@example.com", "example.com"},
		{"grace@Mail.Example.com", "mail.example.com"},
		{"mailto:grace@example.com?subject=x", "example.com"},
		{"https://www.example.com/about?x=1#y", "example.com"},
		{"http://user:pw@example.com:8080/x", "example.com"},
		{"www.example.co.uk", "example.co.uk"},
		{"bücher.example", "bücher.example"},
		{"https://example.com?x=a@b.example", "example.com"},
		{"", ""}, {"com", ""}, {"192.0.2.1", ""}, {"exa mple.com", ""}, {"-a.example", ""}, {"a..example", ""},
		{"example.com'--", ""}, {strings.Repeat("a", 64) + ".example", ""}, {strings.Repeat("a.", 130) + "example", ""},
	}
	for _, tt := range tests {
		got, err := Domain(tt.text)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("Domain(%q) = %q, %v, want %q", tt.text, got, err, tt.want)
		}
	}
}

func TestDomains(t *testing.T) {
	got := Domains(map[string]string{
		"email": "Grace <grace@mail.example.com>, g@example.org", "website": "https://www.example.org/grace",
		"e_mail": "g@example.net", "domain": "none", "topic": "other.example",
	})
	if want := []string{"example.net", "example.org", "mail.example.com"}; !slices.Equal(got, want) {
		t.Errorf("domains %v, want %v", got, want)
	}
	if got := Domains(nil); got != nil {
		t.Errorf("no columns tell %v", got)
	}
	if got, want := AndAbove("a.mail.example.com"), []string{"a.mail.example.com", "mail.example.com", "example.com"}; !slices.Equal(got, want) {
		t.Errorf("above: %v, want %v", got, want)
	}
}

func FuzzDomain(f *testing.F) {
	f.Add("https://www.example.com/")
	f.Add("g@[::1]")
	f.Fuzz(func(t *testing.T, text string) {
		name, err := Domain(text)
		if err != nil {
			return
		}
		if again, err := Domain(name); again != name && !strings.HasPrefix(name, "www.") {
			t.Errorf("Domain(%q) = %q, whose domain is %q, %v", text, name, again, err)
		}
		if strings.ContainsAny(name, " '\"%") {
			t.Errorf("Domain(%q) = %q", text, name)
		}
	})
}
