package campaign

import (
	"testing"
)

func TestCanonical(t *testing.T) {
	const grace = "https://www.linkedin.com/in/example-grace"
	same := map[string]string{
		grace:                                  grace,
		" " + grace + "/ ":                     grace,
		"http://linkedin.com/in/example-grace": grace,
		"www.linkedin.com/in/example-grace":    grace,
		"LinkedIn.com/in/example-grace":        grace,
		"https://de.linkedin.com/in/Example-Grace?trk=x#about":  grace,
		"https://m.linkedin.com/in/example%2Dgrace/":            grace,
		"HTTPS://WWW.LINKEDIN.COM/IN/EXAMPLE-GRACE":             grace,
		grace + "/details/experience/":                          grace,
		grace + "/de":                                           grace,
		"https://www.linkedin.com:443//in//example-grace":       grace,
		"https://www.linkedin.com/x/../in/./example-grace":      grace,
		"https://www.linkedin.com/in/j%C3%BCrgen":               "https://www.linkedin.com/in/j%C3%BCrgen",
		"https://www.linkedin.com/in/jürgen":                    "https://www.linkedin.com/in/j%C3%BCrgen",
		"https://www.linkedin.com/in/ju\u0308rgen":              "https://www.linkedin.com/in/j%C3%BCrgen",
		"https://www.linkedin.com/in/JÜRGEN":                    "https://www.linkedin.com/in/j%C3%BCrgen",
		"https://www.linkedin.com/in/ACoAABCdefGHIjklMNOpqrSTU": "https://www.linkedin.com/in/ACoAABCdefGHIjklMNOpqrSTU",
		"https://www.linkedin.com/sales/lead/ACwAAB,Name,x1":    "https://www.linkedin.com/sales/lead/ACwAAB",
		"http://Example.com:80/People/Grace/?utm_source=x#top":  "https://example.com/People/Grace",
		"https://example.com/p?id=7&b=2&utm_medium=mail":        "https://example.com/p?b=2&id=7",
		"https://example.com:8443/p":                            "https://example.com:8443/p",
		"https://example.com/a%2Fb":                             "https://example.com/a%2Fb",
	}
	for in, want := range same {
		got, err := Canonical(in)
		if err != nil || got != want {
			t.Errorf("Canonical(%q) = %q, %v; want %q", in, got, err, want)
		}
		if again, err := Canonical(got); err != nil || again != got {
			t.Errorf("Canonical(%q) = %q, %v: not stable", got, again, err)
		}
	}
	for _, in := range []string{
		"", " ", "grace", "example.com/grace", "javascript:alert(1)", "ftp://example.com/x", "mailto:grace@example.com", "//example.com/x",
		"https://", "https:///in/x", "https://www.linkedin.com", "https://www.linkedin.com/in/", "https://www.linkedin.com/company/example",
		"https://user:pw@example.com/x", "https://example.com", "https://exa mple.com/x", "https://example.com/%zz", "https://example.com/%00",
		"https://example.com/\u202egrace", "https://[::1]/x", "https://example.com/a b", "https://example.com/?a=%zz", "https://example.com/%ff",
		"https://-/x", "data:text/html,x",
	} {
		if got, err := Canonical(in); err == nil {
			t.Errorf("Canonical(%q) = %q, want an error", in, got)
		}
	}
}
