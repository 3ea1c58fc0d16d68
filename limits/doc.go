// Package limits is how much may go out, and when there is room again.
//
// A [Plan] is a named set of limits, the [Rules] are those of one account as
// they stand. A [Book] counts units in windows and answers whether one more
// fits at an instant, and if not, which limit is in the way and when it opens.
// A [Wallet] keeps the InMail credits in lots with dates of their own, grants
// and expires them, and says how many the pace allows to spend.
//
// The package is pure: no clock, no database, nothing drawn by lot. Every
// instant is an argument, and every function may be asked about the past and
// the future. Instants reach from 1678 to 2262.
package limits
