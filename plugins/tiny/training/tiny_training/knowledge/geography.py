"""Countries, their capitals, languages and money."""

from typing import NamedTuple

from .tables import rows


class Country(NamedTuple):
    """One country and what the corpus asks about it."""

    name: str
    capital: str
    continent: str
    language: str
    currency: str


COUNTRIES = rows(
    """
France|Paris|Europe|French|euro
Germany|Berlin|Europe|German|euro
Spain|Madrid|Europe|Spanish|euro
Italy|Rome|Europe|Italian|euro
Portugal|Lisbon|Europe|Portuguese|euro
Greece|Athens|Europe|Greek|euro
Austria|Vienna|Europe|German|euro
Ireland|Dublin|Europe|English|euro
Finland|Helsinki|Europe|Finnish|euro
Sweden|Stockholm|Europe|Swedish|Swedish krona
Norway|Oslo|Europe|Norwegian|Norwegian krone
Denmark|Copenhagen|Europe|Danish|Danish krone
Poland|Warsaw|Europe|Polish|zloty
Hungary|Budapest|Europe|Hungarian|forint
Romania|Bucharest|Europe|Romanian|leu
Ukraine|Kyiv|Europe|Ukrainian|hryvnia
Iceland|Reykjavik|Europe|Icelandic|Icelandic krona
Croatia|Zagreb|Europe|Croatian|euro
Japan|Tokyo|Asia|Japanese|yen
China|Beijing|Asia|Mandarin Chinese|yuan
India|New Delhi|Asia|Hindi|Indian rupee
Thailand|Bangkok|Asia|Thai|baht
Vietnam|Hanoi|Asia|Vietnamese|dong
Indonesia|Jakarta|Asia|Indonesian|rupiah
Malaysia|Kuala Lumpur|Asia|Malay|ringgit
South Korea|Seoul|Asia|Korean|won
Nepal|Kathmandu|Asia|Nepali|Nepalese rupee
Pakistan|Islamabad|Asia|Urdu|Pakistani rupee
Iran|Tehran|Asia|Persian|rial
Iraq|Baghdad|Asia|Arabic|Iraqi dinar
Turkey|Ankara|Asia|Turkish|lira
Mongolia|Ulaanbaatar|Asia|Mongolian|tugrik
Egypt|Cairo|Africa|Arabic|Egyptian pound
Kenya|Nairobi|Africa|Swahili|Kenyan shilling
Nigeria|Abuja|Africa|English|naira
Ghana|Accra|Africa|English|cedi
Morocco|Rabat|Africa|Arabic|Moroccan dirham
Ethiopia|Addis Ababa|Africa|Amharic|birr
Tunisia|Tunis|Africa|Arabic|Tunisian dinar
Senegal|Dakar|Africa|French|CFA franc
Canada|Ottawa|North America|English|Canadian dollar
Mexico|Mexico City|North America|Spanish|Mexican peso
Cuba|Havana|North America|Spanish|Cuban peso
Jamaica|Kingston|North America|English|Jamaican dollar
Panama|Panama City|North America|Spanish|balboa
Costa Rica|San Jose|North America|Spanish|colon
Brazil|Brasilia|South America|Portuguese|real
Argentina|Buenos Aires|South America|Spanish|Argentine peso
Chile|Santiago|South America|Spanish|Chilean peso
Peru|Lima|South America|Spanish|sol
Colombia|Bogota|South America|Spanish|Colombian peso
Ecuador|Quito|South America|Spanish|US dollar
Uruguay|Montevideo|South America|Spanish|Uruguayan peso
Venezuela|Caracas|South America|Spanish|bolivar
Australia|Canberra|Oceania|English|Australian dollar
New Zealand|Wellington|Oceania|English|New Zealand dollar
Fiji|Suva|Oceania|English|Fijian dollar
""",
    Country,
)
