package store

import "context"

// directory is every account and campaign by id, removed ones too.
type directory struct {
	accounts  map[int64]*accountRow
	campaigns map[int64]*campaignRow
}

func directoryOf(ctx context.Context, x *tx) (*directory, error) {
	d := &directory{map[int64]*accountRow{}, map[int64]*campaignRow{}}
	var accounts []accountRow
	if err := x.all(ctx, &accounts, `SELECT * FROM accounts`); err != nil {
		return nil, err
	}
	for i := range accounts {
		d.accounts[accounts[i].ID] = &accounts[i]
	}
	var campaigns []campaignRow
	if err := x.all(ctx, &campaigns, `SELECT * FROM campaigns`); err != nil {
		return nil, err
	}
	for i := range campaigns {
		d.campaigns[campaigns[i].ID] = &campaigns[i]
	}
	return d, nil
}
