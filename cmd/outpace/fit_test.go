package main

import (
	"strings"
	"testing"
	"time"

	"charm.land/lipgloss/v2"

	"outpace/limits"
	"outpace/store"
)

// shown is a listing as a terminal of this width shows it.
func shown(l listing, width int) string { return columns(l.fit(width), false) }

func TestFit(t *testing.T) {
	l := listing{
		headers: []string{"ACCOUNT", "PLAN", "N", "CAMPAIGN", "DETAIL"},
		kinds:   []columnKind{label, label | useful, number, spare, prose},
		rows: [][]string{
			{"ada-in-berlin-and-elsewhere", "premium-business", "1", "founders", "some words that can stand below each other"},
			{"bob", "basic", "22", "meetup", ""},
		},
	}
	for _, test := range []struct {
		width int
		want  string
	}{
		{120, "" +
			"ACCOUNT                      PLAN               N  CAMPAIGN  DETAIL\n" +
			"ada-in-berlin-and-elsewhere  premium-business   1  founders  some words that can stand below each other\n" +
			"bob                          basic             22  meetup\n"},
		{90, "" +
			"ACCOUNT                      PLAN               N  CAMPAIGN  DETAIL\n" +
			"ada-in-berlin-and-elsewhere  premium-business   1  founders  some words that can stand\n" +
			"                                                             below each other\n" +
			"bob                          basic             22  meetup\n"},
		{70, "" +
			"ACCOUNT                 PLAN               N  DETAIL\n" +
			"ada-in-berlin-and-els…  premium-business   1  some words that can\n" +
			"                                              stand below each other\n" +
			"bob                     basic             22\n"},
		{45, "" +
			"ACCOUNT           N  DETAIL\n" +
			"ada-in-berlin-…   1  some words that can\n" +
			"                     stand below each other\n" +
			"bob              22\n"},
	} {
		got := shown(l, test.width)
		if got != test.want {
			t.Errorf("%d columns: got\n%swant\n%s", test.width, got, test.want)
		}
		for line := range strings.Lines(got) {
			if lipgloss.Width(strings.TrimSuffix(line, "\n")) > test.width {
				t.Errorf("%d columns: too wide: %s", test.width, line)
			}
		}
	}
}

// What nobody can tell of fits into 80 columns, with the id that resolve wants
// whole.
func TestFitUnknown(t *testing.T) {
	c := &cli{output: "table", year: 2026}
	q := store.Question{
		ID: "cd0f5cac1ec0bac804c9", State: "unknown", Account: "ada", Name: "Grace Example", Channel: "crm", Kind: limits.Connect,
		ReleasedAt: time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC), ForSeconds: 720,
		Detail: "HTTP 200 OK, but its result.status \"QUEUED_FOR_REVIEW\" means nothing known",
	}
	got := shown(questionTable(c, []store.Question{q}, false), 80)
	const want = "" +
		"ID                    NAME           FOR         DETAIL\n" +
		"cd0f5cac1ec0bac804c9  Grace Example  12 minutes  HTTP 200 OK, but its result.st…\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestWhen(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	c := &cli{year: 2026}
	at := time.Date(2026, 12, 7, 9, 0, 0, 0, berlin)
	for got, want := range map[string]string{
		c.when(time.Time{}):                   "-",
		c.when(at):                            "Mon 7 Dec 09:00 CET",
		c.at(at):                              "Mon  7 Dec 09:00 CET",
		c.at(at.Add(5 * time.Second)):         "Mon  7 Dec 09:00:05 CET",
		c.at(minute(at.Add(5 * time.Second))): "Mon  7 Dec 09:00 CET",
		c.when(at.AddDate(1, 0, 0)):           "Tue 7 Dec 2027 09:00 CET",
		c.clocked("ready 2026-12-07T08:00:13Z", berlin): "ready Mon 7 Dec 09:00 CET",
		c.clocked("since 2026-12-07", berlin):           "since 2026-12-07",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestZoneInHead(t *testing.T) {
	for _, test := range []struct {
		cells      []string
		head, last string
	}{
		{[]string{"Mon  7 Dec 09:00 CET", "-", "Tue  8 Dec 09:00 CET"}, "AT (CET)", "Tue  8 Dec 09:00"},
		{[]string{"Mon  7 Dec 09:00 CET", "Tue  8 Dec 09:00 EST"}, "AT", "Tue  8 Dec 09:00 EST"},
		{[]string{"-"}, "AT", "-"},
	} {
		l := listing{headers: []string{"AT"}}
		for _, cell := range test.cells {
			l.rows = append(l.rows, []string{cell})
		}
		l.zoneInHead(0)
		if last := l.rows[len(l.rows)-1][0]; l.headers[0] != test.head || last != test.last {
			t.Errorf("%q: %q, %q", test.cells, l.headers[0], last)
		}
	}
}
