package campaign

import "slices"

// Account is the sender of that name; nil if there is none.
func (s *Set) Account(name string) *Account {
	return find(s.Accounts, func(a *Account) bool { return a.Name == name })
}

// Channel is the way of handing over of that name; nil if there is none.
func (s *Set) Channel(name string) *Channel {
	return find(s.Channels, func(c *Channel) bool { return c.Name == name })
}

// Template is the text of that name; nil if there is none.
func (s *Set) Template(name string) *Template {
	return find(s.Templates, func(t *Template) bool { return t.Name == name })
}

// Campaign is the campaign of that name; nil if there is none.
func (s *Set) Campaign(name string) *Campaign {
	return find(s.Campaigns, func(c *Campaign) bool { return c.Name == name })
}

func find[T any](list []*T, is func(*T) bool) *T {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i]
	}
	return nil
}
