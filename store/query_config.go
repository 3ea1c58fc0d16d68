package store

import (
	"context"

	"outpace/campaign"
)

// Definition is an entry of the configuration in force, as it is stored.
type Definition struct {
	What string // account, campaign, channel, template
	Name string
	Text string // its JSON
	ID   int64  // the same through renames; 0: a channel or a template
}

// Definitions are the entries of the configuration in force.
func (s *Store) Definitions(ctx context.Context) ([]Definition, error) {
	var rows []struct {
		What string `db:"what"`
		Name string `db:"name"`
		Def  string `db:"def"`
		ID   int64  `db:"id"`
	}
	err := s.read(ctx, func(x *tx) error {
		return x.all(ctx, &rows, `SELECT 'account' AS what, name, def, id FROM accounts WHERE state = 'active'
			UNION ALL SELECT 'campaign', name, def, id FROM campaigns WHERE removed_at IS NULL
			UNION ALL SELECT 'channel', name, def, 0 FROM channels WHERE removed_at IS NULL
			UNION ALL SELECT 'template', name, def, 0 FROM templates WHERE removed_at IS NULL ORDER BY 1, 2`)
	})
	list := make([]Definition, len(rows))
	for i, r := range rows {
		list[i] = Definition{r.What, r.Name, r.Def, r.ID}
	}
	return list, err
}

// ConfigVersion counts the applies that changed something; 0: none did.
func (s *Store) ConfigVersion(ctx context.Context) (version int64, err error) {
	err = s.read(ctx, func(x *tx) error {
		return x.get(ctx, &version, `SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'config_version'`)
	})
	return version, err
}

// AccountDefs are the accounts in force as the file gave them, in its order.
func (s *Store) AccountDefs(ctx context.Context) ([]*campaign.Account, error) {
	var rows []asJSON[campaign.Account]
	err := s.read(ctx, func(x *tx) error {
		return x.all(ctx, &rows, `SELECT def FROM accounts WHERE state = 'active' ORDER BY position, id`)
	})
	defs := make([]*campaign.Account, len(rows))
	for i := range rows {
		defs[i] = &rows[i].V
	}
	return defs, err
}

// ChannelDefs are the channels in force as the file gave them.
func (s *Store) ChannelDefs(ctx context.Context) ([]*campaign.Channel, error) {
	var rows []asJSON[campaign.Channel]
	err := s.read(ctx, func(x *tx) error {
		return x.all(ctx, &rows, `SELECT def FROM channels WHERE removed_at IS NULL ORDER BY name`)
	})
	defs := make([]*campaign.Channel, len(rows))
	for i := range rows {
		defs[i] = &rows[i].V
	}
	return defs, err
}

// CampaignDefs are the campaigns in force as the file gave them, without their
// targets, in its order.
func (s *Store) CampaignDefs(ctx context.Context) ([]*campaign.Campaign, error) {
	var rows []asJSON[campaign.Campaign]
	err := s.read(ctx, func(x *tx) error {
		return x.all(ctx, &rows, `SELECT def FROM campaigns WHERE removed_at IS NULL ORDER BY position, id`)
	})
	defs := make([]*campaign.Campaign, len(rows))
	for i := range rows {
		defs[i] = &rows[i].V
	}
	return defs, err
}
