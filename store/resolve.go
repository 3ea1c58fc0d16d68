package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"outpace/campaign"
)

// resolved is a set beside what the database has: every entry of the file
// with its row, if there is one.
type resolved struct {
	set       *campaign.Set
	version   int64 // of the configuration in force
	accounts  []accountEntry
	campaigns []campaignEntry
	// goneAccounts and goneCampaigns are rows in force the file no longer has.
	goneAccounts  []accountRow
	goneCampaigns []campaignRow
	others        bool // channels or templates differ
	digest        string
	ids, wereIDs  map[string]int64 // accounts by name in the file, and in the database
	names         map[int64]string // in the file
}

type accountEntry struct {
	def      *campaign.Account
	text     string // def as stored
	position int
	row      *accountRow // nil: new
	changed  bool        // new, returned, or def, name or position differ
}

type campaignEntry struct {
	def      *campaign.Campaign
	text     string
	key      string
	position int
	row      *campaignRow
	changed  bool // new, returned, or its def differs: all its targets are merged
	moved    bool // only its name or place in the file differs
	redealt  bool // its list of accounts differs
	recount  bool // that, or how its targets are dealt
}

// resolve matches a set with the database: by name, or by was: if nothing has
// the new name yet.
func resolve(ctx context.Context, x *tx, set *campaign.Set) (*resolved, error) {
	r := &resolved{set: set}
	if err := x.get(ctx, &r.version, `SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'config_version'`); err != nil {
		return nil, err
	}
	if err := r.matchAccounts(ctx, x); err != nil {
		return nil, err
	}
	if err := r.matchCampaigns(ctx, x); err != nil {
		return nil, err
	}
	return r, r.compareOthers(ctx, x)
}

// match gives each named entry its row. Rows of was: names are taken only by
// entries whose own name has none.
func match[R any](entries int, names func(int) (name, was string), rows map[string]*R) []*R {
	found := make([]*R, entries)
	for i := range found {
		name, _ := names(i)
		if found[i] = rows[name]; found[i] != nil {
			delete(rows, name)
		}
	}
	for i := range found {
		if _, was := names(i); found[i] == nil && was != "" && rows[was] != nil {
			found[i] = rows[was]
			delete(rows, was)
		}
	}
	return found
}

func (r *resolved) matchAccounts(ctx context.Context, x *tx) error {
	var rows []accountRow
	if err := x.all(ctx, &rows, `SELECT * FROM accounts ORDER BY position, id`); err != nil {
		return err
	}
	byName := make(map[string]*accountRow, len(rows))
	r.ids, r.wereIDs, r.names = map[string]int64{}, make(map[string]int64, len(rows)), map[int64]string{}
	for i := range rows {
		byName[rows[i].Name] = &rows[i]
		r.wereIDs[rows[i].Name] = rows[i].ID
	}
	found := match(len(r.set.Accounts), func(i int) (string, string) {
		return r.set.Accounts[i].Name, r.set.Accounts[i].Was
	}, byName)
	for i, def := range r.set.Accounts {
		stored := *def
		stored.Was = ""
		text, err := json.Marshal(stored)
		if err != nil {
			return err
		}
		row := found[i]
		if row != nil {
			r.ids[def.Name], r.names[row.ID] = row.ID, def.Name
		}
		r.accounts = append(r.accounts, accountEntry{
			def: def, text: string(text), position: i, row: row,
			changed: row == nil || row.State != "active" || row.Def.text != string(text) || row.Position != i,
		})
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		if row := byName[name]; row.State == "active" {
			r.goneAccounts = append(r.goneAccounts, *row)
		}
	}
	return nil
}

func (r *resolved) matchCampaigns(ctx context.Context, x *tx) error {
	var rows []campaignRow
	if err := x.all(ctx, &rows, `SELECT * FROM campaigns ORDER BY position, id`); err != nil {
		return err
	}
	byName := make(map[string]*campaignRow, len(rows))
	keys := make(map[string]bool, len(rows))
	for i := range rows {
		byName[rows[i].Name] = &rows[i]
		keys[rows[i].Key] = true
	}
	found := match(len(r.set.Campaigns), func(i int) (string, string) {
		return r.set.Campaigns[i].Name, r.set.Campaigns[i].Was
	}, byName)
	for i, def := range r.set.Campaigns {
		e, err := campaignEntryOf(def, found[i], i)
		if err != nil {
			return err
		}
		if e.row == nil {
			e.key = freeKey(keys, def)
			keys[e.key] = true
		}
		e.redealt = e.row == nil || !slices.Equal(idsOf(def.Accounts, r.ids), idsOf(e.row.def().Accounts, r.wereIDs))
		e.recount = e.redealt || !r.dealtAs(def, e.row.def())
		r.campaigns = append(r.campaigns, e)
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		if row := byName[name]; row.RemovedAt.IsZero() {
			r.goneCampaigns = append(r.goneCampaigns, *row)
		}
	}
	return nil
}

func campaignEntryOf(def *campaign.Campaign, row *campaignRow, position int) (campaignEntry, error) {
	stored := *def
	stored.Was = ""
	text, err := json.Marshal(stored)
	e := campaignEntry{def: def, text: string(text), position: position, row: row, changed: true}
	if row != nil {
		e.key = row.Key
		renamed := *row.def()
		renamed.Name = def.Name
		was, err := json.Marshal(renamed)
		if err != nil {
			return e, err
		}
		e.changed = !row.RemovedAt.IsZero() || string(was) != e.text
		e.moved = row.Position != position || row.Name != def.Name
	}
	return e, err
}

// freeKey is the key of a new campaign: its name, or its was:, unless a
// renamed campaign still carries that in its message ids.
func freeKey(taken map[string]bool, def *campaign.Campaign) string {
	name := def.Name
	if def.Was != "" {
		name = def.Was
	}
	key := name
	for n := 2; taken[key]; n++ {
		key = fmt.Sprintf("%s#%d", name, n)
	}
	return key
}

// idsOf are the ids of accounts by name, sorted; 0 for one that is new.
func idsOf(names []string, ids map[string]int64) []int64 {
	list := make([]int64, len(names))
	for i, name := range names {
		list[i] = ids[name]
	}
	slices.Sort(list)
	return list
}

// compareOthers compares channels and templates, and sums up the whole set in
// a digest.
func (r *resolved) compareOthers(ctx context.Context, x *tx) error {
	want := map[string]string{}
	sum := sha256.New()
	for _, c := range r.set.Channels {
		text, err := json.Marshal(c)
		if err != nil {
			return err
		}
		want["channel "+c.Name] = string(text)
	}
	for _, t := range r.set.Templates {
		text, err := json.Marshal(t)
		if err != nil {
			return err
		}
		want["template "+t.Name] = string(text)
	}
	var rows []struct {
		Name string `db:"name"`
		Def  string `db:"def"`
	}
	err := x.all(ctx, &rows, `SELECT 'channel ' || name AS name, def FROM channels WHERE removed_at IS NULL
		UNION ALL SELECT 'template ' || name, def FROM templates WHERE removed_at IS NULL`)
	if err != nil {
		return err
	}
	have := make(map[string]string, len(rows))
	for _, row := range rows {
		have[row.Name] = row.Def
	}
	r.others = !maps.Equal(have, want)
	r.rewritten(have, want)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		fmt.Fprintln(sum, name, want[name])
	}
	for _, a := range r.accounts {
		fmt.Fprintln(sum, a.text)
	}
	for _, c := range r.campaigns {
		fmt.Fprintln(sum, c.text)
	}
	r.digest = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// dealtAs says whether a campaign's targets are dealt to the same accounts in
// the same way as before.
func (r *resolved) dealtAs(def, was *campaign.Campaign) bool {
	weights := make(map[int64]int, len(was.Accounts))
	for _, name := range was.Accounts {
		weights[r.wereIDs[name]] = was.Weight(name)
	}
	return def.Assign == was.Assign && !slices.ContainsFunc(def.Accounts, func(name string) bool {
		return weights[r.ids[name]] != def.Weight(name)
	})
}

// rewritten marks campaigns as changed whose texts were approved and whose
// templates differ: their targets are merged, and approvals of texts that are
// no more lapse.
func (r *resolved) rewritten(have, want map[string]string) {
	differs := func(template string) bool {
		return template != "" && have["template "+template] != want["template "+template]
	}
	for i := range r.campaigns {
		e := &r.campaigns[i]
		for _, s := range e.def.Steps {
			if e.def.Approve && (differs(s.Template) || s.Else != nil && differs(s.Else.Template)) {
				e.changed = true
			}
		}
	}
}

// differs says whether any definition differs; targets are another matter.
func (r *resolved) differs() bool {
	return r.others || len(r.goneAccounts) > 0 || len(r.goneCampaigns) > 0 ||
		slices.ContainsFunc(r.accounts, func(a accountEntry) bool { return a.changed }) ||
		slices.ContainsFunc(r.campaigns, func(c campaignEntry) bool { return c.changed || c.moved })
}
