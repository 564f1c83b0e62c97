package spse;

import java.util.StringJoiner;

/** Just enough JSON to write: one flat object of texts and numbers. */
final class Json {
    private Json() {
    }

    /** Names and values by turns. */
    static String object(Object... fields) {
        StringJoiner object = new StringJoiner(",", "{", "}\n");
        for (int index = 0; index < fields.length; index += 2) {
            Object value = fields[index + 1];
            object.add(quote(fields[index].toString()) + ":" + (value instanceof Number ? value : quote(value.toString())));
        }
        return object.toString();
    }

    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char letter : text.toCharArray()) {
            if (letter == '"' || letter == '\\') {
                quoted.append('\\').append(letter);
            } else if (letter < ' ') {
                quoted.append(String.format("\\u%04x", (int) letter));
            } else {
                quoted.append(letter);
            }
        }
        return quoted.append('"').toString();
    }
}
