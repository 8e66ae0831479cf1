//! Where each region stands: the city its cloud names, as public knowledge has it.
//!
//! Sources of coordinates disagree: some give the centre of a state or country, a wrong sign, or nothing. A coordinate is kept if
//! it lies within [`KEEP_WITHIN_KM`] of the city named here and replaced by the city's own otherwise.

/// A data centre region belongs to a city's surroundings; farther than this is another place.
pub(super) const KEEP_WITHIN_KM: f64 = 60.0;

/// A city that gives a region its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct City {
    pub(super) name: &'static str,
    pub(super) country: &'static str,
    pub(super) latitude: f64,
    pub(super) longitude: f64,
}

/// A region of a cloud.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site {
    pub(super) cloud: &'static str,
    pub(super) region: &'static str,
    pub(super) city: City,
    /// Government partitions and regions that the cloud opens on request only.
    pub(super) restricted: bool,
}

/// Name, country, latitude, longitude; then the regions there as `cloud/region`, with `!` before those of restricted access.
///
/// Countries by ISO 3166-1. Coordinates are the cities' (or the data centre town's, where the cloud has said which it is).
const SITES: &str = "\
Abu Dhabi|AE|24.4667|54.3667|!azure/uaecentral
Amsterdam|NL|52.3676|4.9041|azure/westeurope
Ashburn|US|39.0438|-77.4874|aws/us-east-1 azure/eastus gcp/us-east4
Auckland|NZ|-36.8485|174.7635|azure/newzealandnorth
Bangkok|TH|13.7563|100.5018|aws/ap-southeast-7 gcp/asia-southeast3
Berlin|DE|52.52|13.405|!azure/germanynorth gcp/europe-west10
Boardman|US|45.8399|-119.7006|aws/us-west-2 !aws/us-gov-west-1
Boydton|US|36.6677|-78.3875|azure/eastus2
Busan|KR|35.1796|129.0756|azure/koreasouth
Calgary|CA|51.0447|-114.0719|aws/ca-west-1
Canberra|AU|-35.2809|149.13|azure/australiacentral !azure/australiacentral2
Cape Town|ZA|-33.9249|18.4241|aws/af-south-1 !azure/southafricawest
Cardiff|GB|51.4816|-3.1791|azure/ukwest
Changhua|TW|24.0518|120.5161|gcp/asia-east1
Chennai|IN|13.0827|80.2707|azure/southindia
Cheyenne|US|41.14|-104.8202|azure/westcentralus
Chicago|US|41.8781|-87.6298|azure/northcentralus
Columbus|US|39.9612|-82.9988|aws/us-east-2 !aws/us-gov-east-1 gcp/us-east5
Council Bluffs|US|41.2619|-95.8608|gcp/us-central1
Dallas|US|32.7767|-96.797|gcp/us-south1
Dammam|SA|26.4207|50.0888|!gcp/me-central2
Delhi|IN|28.7041|77.1025|gcp/asia-south2
Des Moines|US|41.5868|-93.625|azure/centralus
Doha|QA|25.2854|51.531|azure/qatarcentral gcp/me-central1
Dubai|AE|25.2048|55.2708|aws/me-central-1 azure/uaenorth
Dublin|IE|53.3498|-6.2603|aws/eu-west-1 azure/northeurope
Eemshaven|NL|53.4386|6.8355|gcp/europe-west4
Frankfurt|DE|50.1109|8.6821|aws/eu-central-1 azure/germanywestcentral gcp/europe-west3
Gävle|SE|60.6749|17.1413|azure/swedencentral
Geneva|CH|46.2044|6.1432|!azure/switzerlandwest
Hamina|FI|60.5693|27.1878|gcp/europe-north1
Hong Kong|HK|22.3193|114.1694|aws/ap-east-1 azure/eastasia gcp/asia-east2
Hyderabad|IN|17.385|78.4867|aws/ap-south-2
Jakarta|ID|-6.2088|106.8456|aws/ap-southeast-3 azure/indonesiacentral gcp/asia-southeast2
Jamnagar|IN|22.4707|70.0577|!azure/jioindiawest
Johannesburg|ZA|-26.2041|28.0473|azure/southafricanorth gcp/africa-south1
Kuala Lumpur|MY|3.139|101.6869|aws/ap-southeast-5 azure/malaysiawest
Las Vegas|US|36.1699|-115.1398|gcp/us-west4
London|GB|51.5074|-0.1278|aws/eu-west-2 azure/uksouth gcp/europe-west2
Los Angeles|US|34.0522|-118.2437|gcp/us-west2
Madrid|ES|40.4168|-3.7038|azure/spaincentral gcp/europe-southwest1
Malmö|SE|55.605|13.0038|!azure/swedensouth
Manama|BH|26.2285|50.586|aws/me-south-1
Marseille|FR|43.2965|5.3698|!azure/francesouth
Melbourne|AU|-37.8136|144.9631|aws/ap-southeast-4 azure/australiasoutheast gcp/australia-southeast2
Milan|IT|45.4642|9.19|aws/eu-south-1 azure/italynorth gcp/europe-west8
Moncks Corner|US|33.196|-80.0131|gcp/us-east1
Montréal|CA|45.5019|-73.5674|aws/ca-central-1 gcp/northamerica-northeast1
Mumbai|IN|19.076|72.8777|aws/ap-south-1 azure/westindia gcp/asia-south1
Nagpur|IN|21.1458|79.0882|!azure/jioindiacentral
Osaka|JP|34.6937|135.5023|aws/ap-northeast-3 azure/japanwest gcp/asia-northeast2
Oslo|NO|59.9139|10.7522|azure/norwayeast
Paris|FR|48.8566|2.3522|aws/eu-west-3 azure/francecentral gcp/europe-west9
Phoenix|US|33.4484|-112.074|azure/westus3
Pune|IN|18.5204|73.8567|azure/centralindia
Québec|CA|46.8139|-71.208|azure/canadaeast
Querétaro|MX|20.5888|-100.3899|aws/mx-central-1 azure/mexicocentral gcp/northamerica-south1
Quincy|US|47.2343|-119.8525|azure/westus2
Rio de Janeiro|BR|-22.9068|-43.1729|!azure/brazilsoutheast
Saint-Ghislain|BE|50.4494|3.8189|gcp/europe-west1
Salt Lake City|US|40.7608|-111.891|gcp/us-west3
San Antonio|US|29.4241|-98.4936|azure/southcentralus
San Francisco|US|37.7749|-122.4194|azure/westus
San Jose|US|37.3382|-121.8863|aws/us-west-1
Santiago|CL|-33.4489|-70.6693|azure/chilecentral gcp/southamerica-west1
São Paulo|BR|-23.5505|-46.6333|aws/sa-east-1 azure/brazilsouth gcp/southamerica-east1
Seoul|KR|37.5665|126.978|aws/ap-northeast-2 azure/koreacentral gcp/asia-northeast3
Singapore|SG|1.3521|103.8198|aws/ap-southeast-1 azure/southeastasia gcp/asia-southeast1
Stavanger|NO|58.97|5.7331|!azure/norwaywest
Stockholm|SE|59.3293|18.0686|aws/eu-north-1 gcp/europe-north2
Sydney|AU|-33.8688|151.2093|aws/ap-southeast-2 azure/australiaeast gcp/australia-southeast1
Tel Aviv|IL|32.0853|34.7818|aws/il-central-1 azure/israelcentral gcp/me-west1
The Dalles|US|45.5946|-121.1787|gcp/us-west1
Tokyo|JP|35.6762|139.6503|aws/ap-northeast-1 azure/japaneast gcp/asia-northeast1
Toronto|CA|43.6532|-79.3832|azure/canadacentral gcp/northamerica-northeast2
Turin|IT|45.0703|7.6869|gcp/europe-west12
Vienna|AT|48.2082|16.3738|azure/austriaeast
Warsaw|PL|52.2297|21.0122|azure/polandcentral gcp/europe-central2
Zaragoza|ES|41.6488|-0.8891|aws/eu-south-2
Zurich|CH|47.3769|8.5417|aws/eu-central-2 azure/switzerlandnorth gcp/europe-west6
";

/// Every region this importer knows the place of.
pub(super) fn sites() -> impl Iterator<Item = Site> {
    SITES.lines().flat_map(|line| {
        let mut parts = line.split('|');
        let mut next = || parts.next().unwrap_or_default();
        let (name, country, latitude, longitude, regions) = (next(), next(), next(), next(), next());
        let degrees = |text: &str| text.parse().unwrap_or(f64::NAN);
        let city = City { name, country, latitude: degrees(latitude), longitude: degrees(longitude) };
        regions.split(' ').filter_map(move |key| {
            let restricted = key.starts_with('!');
            let (cloud, region) = key.trim_start_matches('!').split_once('/')?;
            Some(Site { cloud, region, city, restricted })
        })
    })
}

/// Zones that every account of a region can use, where the published letters are more than that.
///
/// Some AWS regions have more zone letters than one account sees: `us-west-1` shows two of three, `ap-northeast-1` does not
/// offer `b` to new accounts, `ca-central-1` shows `a`, `b` and `d`. A zone that cannot be bought survives nothing.
pub(super) const USABLE_ZONES: &[(&str, &[&str])] =
    &[("ap-northeast-1", &["a", "c", "d"]), ("ca-central-1", &["a", "b", "d"]), ("us-west-1", &["a", "c"])];

/// Jurisdictions that span countries: code, name, members by ISO 3166-1 code.
///
/// EU: Treaty members since 2020-02-01. EEA: those and the three EFTA states of the EEA Agreement.
pub(super) const JURISDICTIONS: &[(&str, &str, &str)] = &[
    (
        "EEA",
        "European Economic Area",
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK",
    ),
    ("EU", "European Union", "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"),
    ("UK", "United Kingdom, another name of GB", "GB"),
];

/// Other names of cities: English where the population table has a native name, native where it has the English one.
pub(super) const OTHER_NAMES: &[(&str, &str, &str)] = &[
    ("AT", "Vienna", "Wien"),
    ("BE", "Antwerp", "Antwerpen,Anvers"),
    ("BE", "Brussels", "Bruxelles,Brussel"),
    ("CN", "Beijing", "Peking"),
    ("CN", "Guangzhou", "Canton"),
    ("CO", "Bogotá", "Bogota D.C."),
    ("CZ", "Prague", "Praha"),
    ("DE", "Düsseldorf", "Duesseldorf"),
    ("DE", "Frankfurt am Main", "Frankfurt"),
    ("DE", "Hannover", "Hanover"),
    ("DE", "Köln", "Cologne,Koeln"),
    ("DE", "Munich", "München,Muenchen"),
    ("DE", "Nuremberg", "Nürnberg,Nuernberg"),
    ("DK", "Copenhagen", "København"),
    ("ES", "Sevilla", "Seville"),
    ("ES", "Zaragoza", "Saragossa"),
    ("GR", "Athens", "Athina"),
    ("ID", "Jakarta", "Djakarta"),
    ("IN", "Bengaluru", "Bangalore"),
    ("IN", "Chennai", "Madras"),
    ("IN", "Kolkata", "Calcutta"),
    ("IN", "Mumbai", "Bombay"),
    ("IT", "Florence", "Firenze"),
    ("IT", "Genoa", "Genova"),
    ("IT", "Milan", "Milano"),
    ("IT", "Naples", "Napoli"),
    ("IT", "Rome", "Roma"),
    ("IT", "Turin", "Torino"),
    ("MX", "Mexico City", "Ciudad de México"),
    ("NL", "The Hague", "Den Haag"),
    ("PL", "Kraków", "Cracow"),
    ("PL", "Warsaw", "Warszawa"),
    ("PT", "Lisbon", "Lisboa"),
    ("RO", "Bucharest", "București"),
    ("RS", "Belgrade", "Beograd"),
    ("RU", "Moscow", "Moskva"),
    ("SE", "Gothenburg", "Göteborg"),
    ("UA", "Kyiv", "Kiev"),
    ("US", "New York City", "New York,NYC"),
    ("US", "Washington", "Washington D.C.,Washington DC"),
    ("VN", "Ho Chi Minh City", "Saigon"),
];
