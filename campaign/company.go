package campaign

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// legalForms are the endings by which companies say what they are in law,
// without dots and in lower case. They are dropped from the end of a name, so
// that "Example GmbH & Co. KG" and "Example" are one company. A form that is
// also a plain word in names ("sa" in the middle) does no harm: only the end
// counts, and never the first word.
var legalForms = wordSet(`
	inc incorporated corp corporation co company llc llp lp pllc plc ltd limited pty pte pvt
	gmbh mbh ag kg kgaa ohg gbr ug haftungsbeschränkt ev eg se sce
	sa sas sasu sarl eurl snc scs
	spa srl srls sapa snc
	sl slu sau sc
	bv nv cv vof bvba
	ab hb kb as asa aps oy oyj
	sro oo zoo spzoo kft zrt nyrt doo dd ood ead eood ad
	lda ltda eireli
	kk gk ooo oao pao zao
	bhd sdn tbk pt`)

// partOfForm are words that belong to a legal form only if one follows them:
// "& Co. KG", "Sp. z o.o.", "GmbH und Co.".
var partOfForm = wordSet("& + and und et e y sp z o")

func wordSet(words string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// CompanyKey is what two spellings of one company have in common: lower case
// (of every script), words separated by one space, punctuation
// around words and the legal form at the end dropped ("ACME  Corp." and "Acme,
// Inc." give "acme"). A name that is nothing but a legal form stays as it is.
// It is "" only if the name has no letter or digit. It is stable: the key of a
// key is that key.
func CompanyKey(name string) string {
	words := companyWords(name)
	end := len(words)
	for end > 1 {
		w := words[end-1]
		if !legalForms[w] && !(partOfForm[w] && end < len(words)) {
			break
		}
		end--
	}
	return strings.Join(words[:end], " ")
}

// companyWords splits a name into folded words. Dots and apostrophes inside a
// word vanish ("S.A." is "sa", "McDonald's" "mcdonalds"); every other
// punctuation parts words, except that & and + inside stay as words.
func companyWords(name string) []string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case r == '.' || r == '\'' || r == '’' || r == utf8.RuneError:
		case r == '&' || r == '+':
			b.WriteString(" " + string(r) + " ")
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			b.WriteRune(fold(r))
		default:
			b.WriteByte(' ')
		}
	}
	words := strings.Fields(b.String())
	for len(words) > 0 && isSign(words[0]) {
		words = words[1:]
	}
	for len(words) > 0 && isSign(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	return words
}

func isSign(word string) bool { return word == "&" || word == "+" }

// fold makes one letter of all its case variants: upper first, because some
// letters have two lower ones (σ and ς).
func fold(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }
