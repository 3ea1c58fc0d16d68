package campaign

import "strings"

// countryNames are the countries by their ISO 3166 code, with their usual
// English name, as tzdata's iso3166.tab (public domain) has them; names that
// only sort well there stand here as they are written. Further names of a
// country follow behind a bar.
var countryNames = readCountries(`
	AD Andorra
	AE United Arab Emirates|UAE
	AF Afghanistan
	AG Antigua & Barbuda
	AI Anguilla
	AL Albania
	AM Armenia
	AO Angola
	AQ Antarctica
	AR Argentina
	AS American Samoa
	AT Austria
	AU Australia
	AW Aruba
	AX Åland Islands
	AZ Azerbaijan
	BA Bosnia & Herzegovina|Bosnia
	BB Barbados
	BD Bangladesh
	BE Belgium
	BF Burkina Faso
	BG Bulgaria
	BH Bahrain
	BI Burundi
	BJ Benin
	BL St Barthelemy
	BM Bermuda
	BN Brunei
	BO Bolivia
	BQ Caribbean Netherlands
	BR Brazil
	BS Bahamas
	BT Bhutan
	BV Bouvet Island
	BW Botswana
	BY Belarus
	BZ Belize
	CA Canada
	CC Cocos (Keeling) Islands
	CD Democratic Republic of the Congo|DR Congo
	CF Central African Rep.
	CG Republic of the Congo|Congo
	CH Switzerland
	CI Ivory Coast|Côte d'Ivoire
	CK Cook Islands
	CL Chile
	CM Cameroon
	CN China|People's Republic of China
	CO Colombia
	CR Costa Rica
	CU Cuba
	CV Cape Verde|Cabo Verde
	CW Curaçao
	CX Christmas Island
	CY Cyprus
	CZ Czech Republic|Czechia
	DE Germany
	DJ Djibouti
	DK Denmark
	DM Dominica
	DO Dominican Republic
	DZ Algeria
	EC Ecuador
	EE Estonia
	EG Egypt
	EH Western Sahara
	ER Eritrea
	ES Spain
	ET Ethiopia
	FI Finland
	FJ Fiji
	FK Falkland Islands
	FM Micronesia
	FO Faroe Islands
	FR France
	GA Gabon
	GB United Kingdom|UK|Great Britain|Britain
	GD Grenada
	GE Georgia
	GF French Guiana
	GG Guernsey
	GH Ghana
	GI Gibraltar
	GL Greenland
	GM Gambia
	GN Guinea
	GP Guadeloupe
	GQ Equatorial Guinea
	GR Greece
	GS South Georgia & the South Sandwich Islands
	GT Guatemala
	GU Guam
	GW Guinea-Bissau
	GY Guyana
	HK Hong Kong
	HM Heard Island & McDonald Islands
	HN Honduras
	HR Croatia
	HT Haiti
	HU Hungary
	ID Indonesia
	IE Ireland
	IL Israel
	IM Isle of Man
	IN India
	IO British Indian Ocean Territory
	IQ Iraq
	IR Iran|Islamic Republic of Iran
	IS Iceland
	IT Italy
	JE Jersey
	JM Jamaica
	JO Jordan
	JP Japan
	KE Kenya
	KG Kyrgyzstan
	KH Cambodia
	KI Kiribati
	KM Comoros
	KN St Kitts & Nevis
	KP North Korea
	KR South Korea|Korea
	KW Kuwait
	KY Cayman Islands
	KZ Kazakhstan
	LA Laos|Lao
	LB Lebanon
	LC St Lucia
	LI Liechtenstein
	LK Sri Lanka
	LR Liberia
	LS Lesotho
	LT Lithuania
	LU Luxembourg
	LV Latvia
	LY Libya
	MA Morocco
	MC Monaco
	MD Moldova|Republic of Moldova
	ME Montenegro
	MF Saint Martin
	MG Madagascar
	MH Marshall Islands
	MK North Macedonia|Macedonia
	ML Mali
	MM Myanmar|Burma
	MN Mongolia
	MO Macau
	MP Northern Mariana Islands
	MQ Martinique
	MR Mauritania
	MS Montserrat
	MT Malta
	MU Mauritius
	MV Maldives
	MW Malawi
	MX Mexico
	MY Malaysia
	MZ Mozambique
	NA Namibia
	NC New Caledonia
	NE Niger
	NF Norfolk Island
	NG Nigeria
	NI Nicaragua
	NL Netherlands|The Netherlands|Holland
	NO Norway
	NP Nepal
	NR Nauru
	NU Niue
	NZ New Zealand
	OM Oman
	PA Panama
	PE Peru
	PF French Polynesia
	PG Papua New Guinea
	PH Philippines
	PK Pakistan
	PL Poland
	PM St Pierre & Miquelon
	PN Pitcairn
	PR Puerto Rico
	PS Palestine|State of Palestine
	PT Portugal
	PW Palau
	PY Paraguay
	QA Qatar
	RE Réunion
	RO Romania
	RS Serbia
	RU Russia|Russian Federation
	RW Rwanda
	SA Saudi Arabia
	SB Solomon Islands
	SC Seychelles
	SD Sudan
	SE Sweden
	SG Singapore
	SH St Helena
	SI Slovenia
	SJ Svalbard & Jan Mayen
	SK Slovakia
	SL Sierra Leone
	SM San Marino
	SN Senegal
	SO Somalia
	SR Suriname
	SS South Sudan
	ST Sao Tome & Principe
	SV El Salvador
	SX Sint Maarten
	SY Syria|Syrian Arab Republic
	SZ Eswatini (Swaziland)|Swaziland
	TC Turks & Caicos Is
	TD Chad
	TF French S. Terr.
	TG Togo
	TH Thailand
	TJ Tajikistan
	TK Tokelau
	TL East Timor|Timor-Leste
	TM Turkmenistan
	TN Tunisia
	TO Tonga
	TR Turkey|Türkiye
	TT Trinidad & Tobago
	TV Tuvalu
	TW Taiwan|Republic of China
	TZ Tanzania
	UA Ukraine
	UG Uganda
	UM US minor outlying islands
	US United States|United States of America|USA
	UY Uruguay
	UZ Uzbekistan
	VA Vatican City|Vatican
	VC St Vincent
	VE Venezuela
	VG British Virgin Islands
	VI US Virgin Islands
	VN Vietnam|Viet Nam
	VU Vanuatu
	WF Wallis & Futuna
	WS Samoa
	YE Yemen
	YT Mayotte
	ZA South Africa
	ZM Zambia
	ZW Zimbabwe`)

func readCountries(table string) map[string][]string {
	countries := map[string][]string{}
	for line := range strings.Lines(strings.TrimSpace(table)) {
		code, names, _ := strings.Cut(strings.TrimSpace(line), " ")
		countries[code] = strings.Split(names, "|")
	}
	return countries
}
