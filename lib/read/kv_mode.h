/* How fields are found in the text of an event (language 11.3): `auto` is JSON or else key=value. The words of the
 * option kv-mode stand in this order. */
#pragma once

enum kv_mode { KV_AUTO, KV_AUTO_ESCAPED, KV_JSON, KV_XML, KV_NONE, KV_MULTI };
