package campaign

import (
	"strings"
	"testing"
)

func TestCompanyKey(t *testing.T) {
	tests := []struct{ name, want string }{
		{"Acme", "acme"},
		{"  ACME \t corp. ", "acme"},
		{"Acme, Inc.", "acme"},
		{"Acme Inc", "acme"},
		{"acme, L.L.C.", "acme"},
		{"Example GmbH & Co. KG", "example"},
		{"Example GmbH und Co KG", "example"},
		{"EXAMPLE Sp. z o.o.", "example"},
		{"Example (Pty) Ltd", "example"},
		{"Example Pte. Ltd.", "example"},
		{"Exemple S.A.", "exemple"},
		{"Beispiel UG (haftungsbeschränkt)", "beispiel"},
		{"ÉXEMPLE SARL", "éxemple"},
		{"Example\u00a0Navy", "example navy"},
		{"Example-Navy", "example navy"},
		{"Johnson & Johnson", "johnson & johnson"},
		{"Marks and", "marks and"},
		{"AG", "ag"},
		{"Inc. Magazine", "inc magazine"},
		{"Limited Company", "limited"},
		{"AT&T Inc.", "at & t"},
		{"McDonald's Corporation", "mcdonalds"},
		{"3M Company", "3m"},
		{"株式会社 例", "株式会社 例"},
		{"Σίγμας ΑΕ", "σίγμασ αε"},
		{"", ""},
		{" .,- & ", ""},
	}
	for _, tt := range tests {
		if got := CompanyKey(tt.name); got != tt.want {
			t.Errorf("CompanyKey(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func FuzzCompanyKey(f *testing.F) {
	for _, s := range []string{"Acme Inc.", "Example GmbH & Co. KG", "İstanbul A.Ş.", "\xff", "K Corp"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		key := CompanyKey(name)
		if again := CompanyKey(key); again != key {
			t.Errorf("CompanyKey(%q) = %q, whose key is %q", name, key, again)
		}
		if upper := CompanyKey(strings.ToUpper(key)); len(name) < 40 && isPlain(key) && upper != key {
			t.Errorf("%q in upper case has the key %q", key, upper)
		}
	})
}

func isPlain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 'z' })
}
