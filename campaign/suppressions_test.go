package campaign

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// suppressionRows reads a list: its rows as texts, and what is wrong.
func suppressionRows(text string) (rows, wrong []string, err error) {
	err = ReadSuppressions(strings.NewReader(text), "list.csv", func(r SuppressionRow, bad []Problem) error {
		for _, p := range bad {
			wrong = append(wrong, p.String())
		}
		if len(bad) == 0 {
			rows = append(rows, fmt.Sprintf("%d %s|%s|%s|%s", r.Pos.Line, r.What, r.Value, r.Cause, r.Reason))
		}
		return nil
	})
	return rows, wrong, err
}

func TestReadSuppressions(t *testing.T) {
	tests := map[string]struct {
		text  string
		want  []string
		wrong int
	}{
		"columns":    {"What,Value,Reason\nperson,https://example.com/g,\"asked, by mail\"\n\nCompany,Acme,\n", []string{"2 person|https://example.com/g||asked, by mail", "4 company|Acme||"}, 0},
		"exported":   {"what,value,cause,reason,added_at,removed_at\nperson,x,opt_out,'=no,2026-11-23T00:00:00Z,\nperson,y,suppressed,,2026,2027\n", []string{"2 person|x|opt_out|=no"}, 0},
		"one column": {"\ufeffhttps://example.com/g\nexample.com\n", []string{"1 |https://example.com/g||", "2 |example.com||"}, 0},
		"its header": {"Profile\nhttps://example.com/g\n", []string{"2 person|https://example.com/g||"}, 0},
		"semicolons": {"domain;reason\nexample.com;ours\n", []string{"2 domain|example.com||ours"}, 0},
		"no header":  {"company,Acme,ours\n", []string{"1 company|Acme||ours"}, 0},
		"wrong rows": {"what,value\nperson,a,b\ndomain,\nperson,\"x\x01\"\nperson,z\n", []string{"5 person|z||"}, 3},
		"empty":      {"", nil, 0},
	}
	for name, tt := range tests {
		rows, wrong, err := suppressionRows(tt.text)
		if d := cmp.Diff(tt.want, rows); d != "" || err != nil || len(wrong) != tt.wrong {
			t.Errorf("%s: %v, %d wrong: %v\n%s", name, err, len(wrong), wrong, d)
		}
	}
	var invalid *Invalid
	if _, _, err := suppressionRows("\xff\xfev\x00"); !errors.As(err, &invalid) {
		t.Errorf("UTF-16: %v", err)
	}
}

func FuzzReadSuppressions(f *testing.F) {
	f.Add("what,value,reason\nperson,https://example.com/g,x\n")
	f.Add("profile\n\"open")
	f.Fuzz(func(t *testing.T, text string) {
		_, _, err := suppressionRows(text)
		var invalid *Invalid
		if err != nil && !errors.As(err, &invalid) {
			t.Errorf("%q: %v", text, err)
		}
	})
}
