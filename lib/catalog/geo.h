/* What is known of the place of an address: the columns of the table that iplocation asks (struct lookups, places). */
#pragma once

enum geo_column {
    GEO_ADDRESS, GEO_CITY, GEO_COUNTRY, GEO_REGION, GEO_LAT, GEO_LON, GEO_CONTINENT, GEO_METRO_CODE, GEO_TIMEZONE,
    GEO_COLUMNS
};

#define GEO_NAMES { "ip", "City", "Country", "Region", "lat", "lon", "Continent", "MetroCode", "Timezone" }
