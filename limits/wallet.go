package limits

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// Source is where the credits of a lot come from.
type Source string

// The sources of credits.
const (
	SourcePlan       Source = "plan"       // granted at a refresh
	SourcePack       Source = "pack"       // bought
	SourceRefund     Source = "refund"     // given back for an answer
	SourceAdjustment Source = "adjustment" // to agree with the platform's own number
)

// Lot is credits that came together. It is live in [GrantedAt, ExpiresAt).
type Lot struct {
	ID        int64     `json:"-"` // the store's; 0: not stored yet
	Cycle     string    `json:"-"` // of plan lots: year and month of the refresh date, 2026-11
	GrantedAt time.Time `json:"granted_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Amount    int       `json:"amount"`
	Left      int       `json:"left"`
	Source    Source    `json:"source"`
}

func (l *Lot) live(t time.Time) bool {
	return l.Left > 0 && !t.Before(l.GrantedAt) && t.Before(l.ExpiresAt)
}

// The reasons of entries. Wallets make all but ReasonSpend, ReasonReturn and
// ReasonOpening, which are for those who record what they did with one.
const (
	ReasonGrant      = "grant"
	ReasonExpiry     = "expiry"
	ReasonMaximum    = "maximum" // lost at a refresh to the maximum balance
	ReasonSpend      = "spend"
	ReasonReturn     = "return" // of a credit whose message was certainly not sent
	ReasonRefund     = "refund"
	ReasonPack       = "pack"
	ReasonSet        = "set" // to agree with the platform's own number
	ReasonPlanChange = "plan_change"
	ReasonOpening    = "opening"
)

// Entry is one change of a wallet.
type Entry struct {
	At      time.Time
	Change  int
	Balance int // after it
	Reason  string
	Lot     int // index in Lots
}

// ErrNoCredit is what Spend returns when no credit is live.
var ErrNoCredit = errors.New("no live InMail credit")

// Wallet is an account's InMail credits as they stand at Through. Not for
// concurrent use.
type Wallet struct {
	refreshes refreshes
	paceFrom  time.Time
	through   time.Time
	lots      []Lot
	order     []int       // indexes of lots in the order in which they are spent
	spends    []time.Time // in order
	balance   int
	next      time.Time // next grant; zero: none will come
	due       time.Time // when something happens next by time alone; zero: never
	funds     funds
	stretch   stretch
}

// NewWallet makes an account's wallet. It stands at through: what was due up to
// and including that instant has happened already. lots must hold the plan lots
// of the last months even if nothing is left of them, for they say which months
// had their grant. spends are the slot times of credits spent and not returned,
// in any order, at least those of the current cycle. The first cycle's pace
// starts at paceFrom, the account's first apply. A plan without credits
// (Monthly 0) grants none, but a wallet may still hold packs.
func NewWallet(c Credits, anchor int, zone *time.Location, paceFrom, through time.Time, lots []Lot, spends []time.Time) *Wallet {
	w := &Wallet{
		refreshes: newRefreshes(c, anchor, zone), paceFrom: paceFrom, through: through,
		lots: slices.Clone(lots), spends: slices.SortedFunc(slices.Values(spends), time.Time.Compare),
	}
	for i := range w.lots {
		w.balance += w.lots[i].Left
	}
	w.arrange()
	return w
}

// Clone is an independent copy.
func (w *Wallet) Clone() *Wallet {
	c := *w
	c.lots, c.order, c.spends = slices.Clone(w.lots), slices.Clone(w.order), slices.Clone(w.spends)
	c.forget()
	return &c
}

// Lots are all lots, also those with nothing left: first those that were given
// to NewWallet, in their order.
func (w *Wallet) Lots() []Lot { return slices.Clone(w.lots) }

// Balance is how many credits are left at Through.
func (w *Wallet) Balance() int { return w.balance }

// Through is the instant up to which everything due has happened.
func (w *Wallet) Through() time.Time { return w.through }

// Next is when credits are granted next; zero if the plan grants none.
func (w *Wallet) Next() time.Time { return w.next }

// NextExpiry is when credits expire next and how many will if none is spent;
// zero if there are none.
func (w *Wallet) NextExpiry() (at time.Time, credits int) {
	for i := range w.lots {
		l := &w.lots[i]
		switch {
		case l.Left == 0:
		case credits == 0 || l.ExpiresAt.Before(at):
			at, credits = l.ExpiresAt, l.Left
		case l.ExpiresAt.Equal(at):
			credits += l.Left
		}
	}
	return at, credits
}

// Never says that no credit is live and none will ever come by itself.
func (w *Wallet) Never() bool { return w.balance == 0 && w.next.IsZero() }

// Spend takes one credit at t, the soonest to expire first, of two alike the
// plan's before a pack's, and returns its lot's index in Lots. It fails with
// ErrNoCredit if no credit is live at t.
func (w *Wallet) Spend(t time.Time) (lot int, err error) {
	for _, i := range w.order {
		if !w.lots[i].live(t) {
			continue
		}
		w.lots[i].Left--
		w.balance--
		at, _ := slices.BinarySearchFunc(w.spends, t, time.Time.Compare)
		w.spends = slices.Insert(w.spends, at, t)
		if w.lots[i].Left == 0 {
			w.arrange()
		}
		w.spent(t)
		return i, nil
	}
	return -1, ErrNoCredit
}

// arrange finds the order of spending and what is due next, after lots came or
// went.
func (w *Wallet) arrange() {
	w.order = w.order[:0]
	for i := range w.lots {
		if w.lots[i].Left > 0 {
			w.order = append(w.order, i)
		}
	}
	slices.SortFunc(w.order, w.compare)
	w.next = w.nextGrant()
	w.due = w.next
	if len(w.order) > 0 {
		if at := w.lots[w.order[0]].ExpiresAt; w.due.IsZero() || at.Before(w.due) {
			w.due = at
		}
	}
	w.forget()
}

// compare orders two lots, given by index, by which is spent first.
func (w *Wallet) compare(a, b int) int {
	x, y := &w.lots[a], &w.lots[b]
	return cmp.Or(x.ExpiresAt.Compare(y.ExpiresAt), cmp.Compare(x.Source.rank(), y.Source.rank()), cmp.Compare(a, b))
}

// rank orders lots that expire together: what was bought is spent last.
func (s Source) rank() int {
	if s == SourcePack {
		return 1
	}
	return 0
}
