package outpace_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "outpace"

// rooms says which of our packages each of our packages may import: the table
// of the house in docs. A room stands for its sub-packages, too, unless they
// have an entry of their own. Tests of a room keep to it as well, but may all
// import sim, which drives the real thing on a virtual clock.
var rooms = map[string][]string{
	"limits":          nil,
	"campaign":        {"limits"},
	"scheduler":       {"limits", "campaign"},
	"channel":         nil,
	"channel/desk":    {"channel"},
	"channel/outbox":  {"channel"},
	"channel/webhook": {"channel"},
	"channel/exec":    {"channel"},
	"dispatch":        {"limits", "campaign", "scheduler", "channel"},
	"store":           {"limits", "campaign", "scheduler"},
	"app":             belowApp,
	"sim":             append([]string{"app"}, belowApp...),
	"web":             {"app"},
	"cmd/outpace":     append([]string{"app", "sim", "web"}, belowApp...),
}

var belowApp = []string{
	"limits", "campaign", "scheduler", "dispatch", "store",
	"channel", "channel/desk", "channel/outbox", "channel/webhook", "channel/exec",
}

// confined are the rooms for libraries that do not belong everywhere. Tests may
// import any library.
var confined = map[string]struct{ only, why string }{
	"database/sql":                    {"store", "all SQL is in store"},
	"github.com/jmoiron/sqlx":         {"store", "all SQL is in store"},
	"github.com/mattn/go-sqlite3":     {"store", "all SQL is in store"},
	"github.com/jackc/pgx":            {"store", "all SQL is in store"},
	"github.com/pressly/goose":        {"store", "all SQL is in store"},
	"github.com/spf13/cobra":          {"cmd/outpace", "flags belong to the command"},
	"math/rand":                       {"sim", "no dice: what varies is a hash of identity"},
	"github.com/google/go-cmp":        {"", "it is a library for tests"},
	"github.com/rogpeppe/go-internal": {"", "it is a library for tests"},
	"pgregory.net/rapid":              {"", "it is a library for tests"},
}

// The functions of package time that read the clock, or wait for it, and where
// code that is no test may use them. Everywhere else `now` is an argument.
var (
	reading = []string{"Now", "Since", "Until"}
	waiting = []string{"After", "AfterFunc", "NewTicker", "NewTimer", "Sleep", "Tick"}
	mayRead = []string{"dispatch/loop.go", "web", "cmd/outpace"}
	mayWait = append([]string{"channel", "store"}, mayRead...) // for a lock, an answer, a retry
)

// The pure rooms, and the packages by which they would reach out of themselves.
var (
	pure   = []string{"limits", "scheduler"}
	impure = []string{"context", "io/fs", "log", "net", "os"}
)

// source is one parsed Go file.
type source struct {
	name string // slash-separated, from the root
	room string // the room's entry in rooms; "" for files at the root
	test bool
	ast  *ast.File
	fset *token.FileSet
}

// sources parses every Go file below the root, in rooms or not.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if base := d.Name(); d.IsDir() {
			if name != "." && (base[0] == '.' || base[0] == '_' || base == "testdata" || base == "vendor") {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		s := source{name: filepath.ToSlash(name), test: strings.HasSuffix(name, "_test.go"), fset: token.NewFileSet()}
		s.room = roomOf(path.Dir(s.name))
		s.ast, err = parser.ParseFile(s.fset, name, nil, parser.SkipObjectResolution)
		all = append(all, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 2 {
		t.Fatal("no source found: is this the root of the module?")
	}
	return all
}

// roomOf returns the room that a folder belongs to, or the folder itself where
// there is none; "" for the root.
func roomOf(dir string) string {
	for room := dir; room != "."; room = path.Dir(room) {
		if _, ok := rooms[room]; ok {
			return room
		}
	}
	if dir == "." {
		return ""
	}
	return dir
}

// in says whether the file name is, or lies below, one of places.
func in(name string, places []string) bool {
	return slices.ContainsFunc(places, func(p string) bool { return name == p || strings.HasPrefix(name, p+"/") })
}

func (s source) at(pos token.Pos) string {
	return fmt.Sprintf("%s:%d", s.name, s.fset.Position(pos).Line)
}

func TestEveryFolderIsARoom(t *testing.T) {
	for _, s := range sources(t) {
		if _, ok := rooms[s.room]; !ok && s.room != "" {
			t.Errorf("%s: %s is no room of the house: move it into one, or give it an entry in rooms with its duty in the design", s.name, s.room)
		}
		if s.room == "" && !s.test {
			t.Errorf("%s: no code at the root", s.name)
		}
	}
}

func TestImportsKeepToTheTable(t *testing.T) {
	for _, s := range sources(t) {
		for _, spec := range s.ast.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if why := forbidden(s, imported); why != "" {
				t.Errorf("%s: %s must not import %s: %s", s.at(spec.Pos()), s.room, imported, why)
			}
		}
	}
}

// forbidden says why s may not import a package; "" if it may.
func forbidden(s source, imported string) string {
	if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
		room := roomOf(ours)
		if room == s.room || slices.Contains(rooms[s.room], room) || s.test && room == "sim" {
			return ""
		}
		return fmt.Sprintf("it may import only %q", rooms[s.room])
	}
	if s.test {
		return ""
	}
	for library, c := range confined {
		if in(imported, []string{library}) && s.room != c.only {
			return c.why
		}
	}
	if slices.Contains(pure, s.room) && in(imported, impure) {
		return "the room is pure"
	}
	return ""
}

func TestForbidden(t *testing.T) {
	for _, c := range []struct {
		file, imported string
		ok             bool
	}{
		{"scheduler/plan.go", "outpace/limits", true},
		{"scheduler/plan.go", "outpace/store", false},
		{"scheduler/plan.go", "context", false},
		{"scheduler/plan_test.go", "outpace/sim", true},
		{"scheduler/plan_test.go", "outpace/store", false},
		{"channel/desk/desk.go", "outpace/channel", true},
		{"channel/channel.go", "outpace/channel/desk", false},
		{"channel/desk/desk.go", "outpace/channel/outbox", false},
		{"dispatch/step.go", "outpace/channel/outbox", false},
		{"store/sqlite/open.go", "github.com/jmoiron/sqlx", true},
		{"app/status.go", "database/sql/driver", false},
		{"web/page.go", "outpace/store", false},
		{"limits/day.go", "outpace/helpers", false},
		{"limits/day.go", "pgregory.net/rapid", false},
		{"limits/day_test.go", "pgregory.net/rapid", true},
	} {
		s := source{name: c.file, room: roomOf(path.Dir(c.file)), test: strings.HasSuffix(c.file, "_test.go")}
		if why := forbidden(s, c.imported); (why == "") != c.ok {
			t.Errorf("%s importing %s: %q", c.file, c.imported, why)
		}
	}
}

func TestClockIsAnArgument(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		local := timeName(s.ast)
		ast.Inspect(s.ast, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); !ok || x.Name != local {
				return true
			}
			if slices.Contains(reading, sel.Sel.Name) && !in(s.name, mayRead) || slices.Contains(waiting, sel.Sel.Name) && !in(s.name, mayWait) {
				t.Errorf("%s: time.%s: now is an argument, the clock is read in %v only", s.at(sel.Pos()), sel.Sel.Name, mayRead)
			}
			return true
		})
	}
}

// timeName is the name by which a file calls package time; "" if it does not.
func timeName(f *ast.File) string {
	for _, spec := range f.Imports {
		switch {
		case spec.Path.Value != `"time"`:
		case spec.Name != nil:
			return spec.Name.Name
		default:
			return "time"
		}
	}
	return ""
}
