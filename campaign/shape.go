package campaign

import "outpace/limits"

// The types of this file are the YAML: each field a key, in the order in which
// people write them. The schema for editors is made from the same types, with
// doc as the text an editor shows.

type fileShape struct {
	Version   val[int]             `json:"version" doc:"The version of this format: 1."`
	Timezone  val[Zone]            `json:"timezone" doc:"The time zone of every account that has none of its own, like Europe/Berlin."`
	Holidays  many[val[word]]      `json:"holidays" doc:"Days without slots, for every account that has no list of its own: country codes (DE, US, DE-BY) and dates."`
	Plans     group[planShape]     `json:"plans" doc:"Your own sets of limits, beside the built-in ones."`
	Accounts  group[accountShape]  `json:"accounts" doc:"The senders."`
	Channels  group[channelShape]  `json:"channels" doc:"The ways of handing a message over. desk needs no entry."`
	Templates group[templateShape] `json:"templates" doc:"The texts."`
	Campaigns group[campaignShape] `json:"campaigns" doc:"Who gets what, from which accounts."`
}

type planShape struct {
	Extends       val[string]            `json:"extends" doc:"The plan this one changes; basic if left out."`
	DailyCap      val[int]               `json:"daily_cap" doc:"Messages a day, all kinds together."`
	Caps          capsShape              `json:"caps" doc:"Limits of one kind, a day and in the trailing 7 days."`
	Uncounted     many[val[limits.Kind]] `json:"uncounted" doc:"Kinds that take nothing of the daily cap."`
	NotedPerMonth val[amount]            `json:"noted_per_month" doc:"Connection requests with a note a calendar month, or none."`
	NoteMax       val[int]               `json:"note_max" doc:"Characters of a connection request's note."`
	PendingMax    val[amount]            `json:"pending_max" doc:"Unanswered connection requests, or none."`
	InMail        block[inmailShape]     `json:"inmail" doc:"InMail credits."`
}

type capShape struct {
	Day  val[amount] `json:"day" doc:"A day, or none."`
	Week val[amount] `json:"week" doc:"In the trailing 7 days, or none."`
}

type inmailShape struct {
	Monthly       val[int]            `json:"monthly" doc:"Credits granted each month."`
	Counts        val[counts]         `json:"counts" doc:"inside: an InMail is one of the day's messages (default); on_top: it is not."`
	Pace          val[limits.Pace]    `json:"pace" doc:"How fast a cycle's credits may be spent: front_load (within 14 days, default), even or asap."`
	Reserve       block[reserveShape] `json:"reserve" doc:"Credits kept for high priorities."`
	Rollover      val[rollover]       `json:"rollover" doc:"How long a grant lives: 12mo or 90d."`
	MaxBalance    val[amount]         `json:"max_balance" doc:"Credits held at most after a refresh, or none."`
	RefundOnReply val[bool]           `json:"refund_on_reply" doc:"An answer within 90 days gives the credit back."`
	Refresh       val[refresh]        `json:"refresh" doc:"renewal_day: on the account's day (default); first_utc: on the 1st, 00:00 UTC."`
}

type reserveShape struct {
	Credits     val[int]      `json:"credits" doc:"How many credits are kept."`
	MinPriority val[priority] `json:"min_priority" doc:"For targets of at least this priority."`
	Until       val[Delay]    `json:"until" doc:"Until so many days before the refresh: 5d."`
}

type accountShape struct {
	Was           val[string]         `json:"was" doc:"The account's name before it was renamed."`
	Plan          val[string]         `json:"plan" doc:"Its limits: a built-in plan or one of yours."`
	Timezone      val[Zone]           `json:"timezone" doc:"Its time zone, like Europe/Berlin."`
	RenewalDay    val[int]            `json:"renewal_day" doc:"The day of the month on which InMail credits come, 1 to 31."`
	Opening       block[openingShape] `json:"opening" doc:"What was used before outpace: it cannot know that on its first day."`
	Slots         many[val[Cron]]     `json:"slots" doc:"When it may send: cron expressions of 5 fields, or 6 with seconds first."`
	PerSlot       val[int]            `json:"per_slot" doc:"Messages a slot (default 1)."`
	Holidays      many[val[word]]     `json:"holidays" doc:"Days without slots, instead of the file's."`
	Channel       val[string]         `json:"channel" doc:"How its messages are handed over (default desk)."`
	Day           val[limits.DayMode] `json:"day" doc:"What a day is: local (default), utc, rolling or strict."`
	DailyCap      val[int]            `json:"daily_cap" doc:"A lower cap than its plan's."`
	ManualReserve val[int]            `json:"manual_reserve" doc:"Messages a day kept for what is sent by hand."`
	WarmUp        block[warmUpShape]  `json:"warm_up" doc:"A cap that rises from the first day on."`
	Order         val[order]          `json:"order" doc:"follow_ups (default): a conversation begun is finished first; priority: only the priority counts."`
	Grace         val[Duration]       `json:"grace" doc:"How long a missed slot may be made good: at most 4h, the default."`
}

type openingShape struct {
	Credits    val[int] `json:"credits" doc:"InMail credits."`
	SentToday  val[int] `json:"sent_today" doc:"Messages sent today."`
	Connects7d val[int] `json:"connects_7d" doc:"Connection requests sent in the last 7 days."`
	Pending    val[int] `json:"pending" doc:"Connection requests nobody has answered yet."`
	Noted      val[int] `json:"noted" doc:"Connection requests with a note sent this month."`
}

type warmUpShape struct {
	From  val[int]   `json:"from" doc:"The first day's cap."`
	Add   val[int]   `json:"add" doc:"How much it rises."`
	Every val[Delay] `json:"every" doc:"How often: 1d."`
}

type templateShape struct {
	Subject val[string] `json:"subject" doc:"An InMail's subject."`
	Body    val[string] `json:"body" doc:"The text, with fields of the target like {{.first_name}}."`
	File    val[string] `json:"file" doc:"The text's file, instead of body, relative to this one."`
}

type campaignShape struct {
	Was      val[string]       `json:"was" doc:"The campaign's name before it was renamed."`
	Accounts many[val[string]] `json:"accounts" doc:"The accounts that send it."`
	Priority val[priority]     `json:"priority" doc:"low (25), normal (50, default), high (75) or 0 to 100."`
	Start    val[Date]         `json:"start" doc:"Its first day, in the account's zone (default: now)."`
	End      val[Date]         `json:"end" doc:"Its last day, in the account's zone."`
	Hours    block[hoursShape] `json:"hours" doc:"When people may be written to."`
	Overlap  val[overlap]      `json:"overlap" doc:"allow: also people another campaign is in conversation with (default deny)."`
	Cooldown val[Delay]        `json:"cooldown" doc:"How long after another campaign's last message to the person."`
	Paused   val[bool]         `json:"paused" doc:"Nothing is sent while this is true."`

	PerCompany block[perCompanyShape] `json:"per_company" doc:"How many people of one company are first written to, by any campaign."`
	StopOn     many[val[stopOn]]      `json:"stop_on" doc:"What ends a conversation: reply (always), and company_reply: also that of a colleague."`

	Assign   val[Assign]            `json:"assign" doc:"How targets are dealt to the accounts: earliest (to who sends first, default), round_robin or weighted."`
	Weights  weightsShape           `json:"weights" doc:"With assign: weighted, each account's share: { ada: 2, bob: 1 }."`
	Reassign val[bool]              `json:"reassign" doc:"Targets not begun go to the other accounts when theirs is paused, restricted or its channel goes off (default false)."`
	Approve  val[bool]              `json:"approve" doc:"Messages wait until somebody approves their texts: outpace approve (default false)."`
	Targets  list[targetShape]      `json:"targets" doc:"Who gets it."`
	Steps    list[block[stepShape]] `json:"steps" doc:"What they get, in this order."`
}

type perCompanyShape struct {
	People val[int]    `json:"people" doc:"So many people."`
	Per    val[period] `json:"per" doc:"In the trailing day, week (default) or month of 30 days."`
}

type hoursShape struct {
	Days many[val[Days]] `json:"days" doc:"mon-fri, or [mon, wed]; default every day."`
	From val[Clock]      `json:"from" doc:"From this time of day on, like \"09:00\"."`
	To   val[Clock]      `json:"to" doc:"Before this time of day, like \"17:00\"."`
	Zone val[HoursZone]  `json:"zone" doc:"Whose clock: recipient (default) or account."`
}

type stepShape struct {
	Name        val[string]      `json:"name" doc:"Its name (default: its template's, else its kind)."`
	Send        val[limits.Kind] `json:"send" doc:"connect, message, inmail, introduction, invitation or reminder."`
	Template    val[string]      `json:"template" doc:"Its text. Only a connect goes without one."`
	After       val[Delay]       `json:"after" doc:"How long after the step before: 3bd, 2w, 36h."`
	OnlyIf      val[Condition]   `json:"only_if" doc:"accepted or not_accepted."`
	Within      val[Delay]       `json:"within" doc:"How long it waits for acceptance before the sequence ends (default 30d)."`
	MinPriority val[priority]    `json:"min_priority" doc:"An InMail only for targets of at least this priority."`
	Else        elseShape        `json:"else" doc:"What the others get: a kind, or {send, template}."`
	Wait        val[Delay]       `json:"wait" doc:"After so long without a credit, too."`

	WithdrawAfter val[Delay] `json:"withdraw_after" doc:"A connection request without an answer for so long is withdrawn: 21d."`
}

type otherShape struct {
	Send     val[limits.Kind] `json:"send" doc:"The other kind."`
	Template val[string]      `json:"template" doc:"Its text (default: the step's)."`
}

type csvShape struct {
	CSV     val[string] `json:"csv" doc:"A CSV file with a header, relative to this file."`
	Columns pairs       `json:"columns" doc:"Which header holds which field, where the names differ."`
}
