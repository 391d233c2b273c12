"""Words to fill pages with: sentences that look like Latin, French and English and mean little."""

from __future__ import annotations

import numpy as np


def _words(text: str) -> list[str]:
    return text.split()


LATIN = _words(
    """
ac ad aer aliud amor anima animalium annus aqua arbor ars artis astra aurum autem bellum bona caelum caput
causa certa circa civitas coelum color corpus cum de dei deus dies docet ea ego eius enim eo erat est et etiam
ex facies fama ferrum fides figura flamma flumen fons forma fortuna fructus genus gens gladius gloria gratia
habet haec herba hic historia hoc homo hortus humor iam ignis imago in inter inventa ipse ita labor lapis
latus lex liber linea littera locus longe lumen luna lux magna manus mare materia medicina mens mensura modus
mons mors mundus natura navis nec neque nomen non nostra novus numerus nunc oculus omnis opus orbis ordo pars
patria per planta populus potest primum princeps pro propter quae quam quasi qui quod radix ratio regnum res
rex sanguis sapientia secundum sed semper sic sicut signum silva sine sol spiritus stella sub sunt super
tabula tempus terra tertium tota tunc umbra unda urbs usque ut vel ventus verbum veritas via victoria videtur
virtus vis vita vulgus
"""
)
FRENCH = _words(
    """
à afin ainsi air alors ancien année après arbre art assez au aussi autre avant avec beau bien bois bon car ce
celui cent chacun champ château chose ciel cité comme contre corps côté cours dans de des deux dieu dire dit
donc doux du eau elle en encore enfin entre est et été eux face faire fait femme fer feu figure fin fleur
fleuve force forêt fort grand guerre haut herbe heure histoire homme ici il image jamais jardin jour juste la
large le lequel leur lieu livre loin long lors lumière lune main maison mal manière mer mesure mettre mieux
mille monde mont mort mot navire ne nom nombre non nous nuit on or ordre ou où par parole pays peine petit peu
pied pierre plante plein plus point porte pour premier prince propre puis quand quatre que quel qui raison
reine roi roue rouge royaume sage sans savoir science se second selon ses si soleil sorte sous sur table tel
temps terre tête toute toujours tour trois trop un vent vers vertu vie ville voir vrai
"""
)
ENGLISH = _words(
    """
about above after again against ages air all ancient and any are art as at away battle bear beast before
behold being beneath betwixt bird body book both brave bring broad but by call castle chiefly church city
clear cloud coast common country course court craft crown dark day death deep did divers doth down earth eight
end engine every eye fair faith famous farther field find fire first fish flower for force forth fruit garden
good great green ground hand hath have head heart heaven herb here high him his holy horse house hunter if
image in into island it kind king kingdom labour land large learned leaf left length light like little long
look lord made make man many mark master measure men midst might moon more most mountain much name nature near
never night noble north not now oak of old on one or other our out over part people place plain plant prince
print read right river root round said saw sea season second seen shadow shall she ship shore side so some
south spring star stone strange such sun sword tale tempest than that the then there these they thing this
thou three through thus time to tower town tree true under until unto upon valley virtue voyage was water way
well west when where which wide wild wind with without wonder word world wrought year
"""
)
LISTS = {"latin": LATIN, "french": FRENCH, "english": ENGLISH}
MOTTOES = (
    "FESTINA LENTE", "VIRTVS IN ARDVIS", "LABORE ET CONSTANTIA", "NOLI ALTVM SAPERE", "CONCORDIA PARVAE RES",
    "POST TENEBRAS LVX", "SPES ALTERA VITAE", "IN SILENTIO FORTITVDO", "OMNIA CVM TEMPORE", "SIC TRANSIT GLORIA",
    "NEC TEMERE NEC TIMIDE", "ARS LONGA VITA BREVIS", "VERITAS FILIA TEMPORIS", "CEDO NVLLI", "FATA VIAM INVENIENT",
    "MEMENTO MORI", "ARDET NON VRIT", "TACITA VIS", "EX VTROQVE CAESAR", "QVO FATA TRAHVNT",
)  # fmt: skip


def sentence(language: str, rng: np.random.Generator) -> str:
    """6–18 words with a capital, commas and a full stop."""
    words = [str(w) for w in rng.choice(LISTS[language], int(rng.integers(6, 19)))]
    for i in range(3, len(words) - 2):
        if rng.random() < 0.12:
            words[i] += str(rng.choice([",", ",", ";", ":"]))
    for i in range(len(words)):
        if rng.random() < 0.05:
            words[i] = words[i].capitalize()
    return " ".join([words[0].capitalize(), *words[1:]]) + "."


def prose(language: str, count: int, rng: np.random.Generator, old: bool = True) -> list[str]:
    """At least `count` words; `old` writes long s and & as printers did before 1790."""
    text: list[str] = []
    while len(text) < count:
        text += sentence(language, rng).split()
    return [old_spelling(word, language) for word in text] if old else text


def old_spelling(word: str, language: str = "latin") -> str:
    """Long s except at the end of a word; & for `et` and `and`."""
    if word in ("et", "and"):
        return "&"
    core = word.rstrip(".,;:")
    if len(core) > 1:
        core = core[:-1].replace("s", "ſ") + core[-1]
    if language == "latin":
        core = core.replace("j", "i")
    return core + word[len(word.rstrip(".,;:")) :]


def headline(language: str, rng: np.random.Generator, words: int = 3) -> str:
    """A few words for a running title, capitals."""
    text = " ".join(str(w) for w in rng.choice([w for w in LISTS[language] if len(w) > 3], words)).upper()
    for accented, plain in zip("ÉÈÀÊÂÔÇÙÎÛ", "EEAEAOCUIU", strict=True):
        text = text.replace(accented, plain)
    return text.replace("U", "V") if language == "latin" else text
