package play.db;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts an SQL file into statements at the semicolons outside quotes, dollar quotes and comments. */
final class SqlScript {
    /** Everything that may hide a semicolon, and the semicolon itself. */
    private static final Pattern TOKEN = Pattern.compile(
        "(?s)--[^\\n]*|/\\*.*?\\*/|'(?:[^']++|'')*+'|\"[^\"]*\"|(\\$\\w*\\$).*?\\1|(;)");
    private static final Pattern ONLY_COMMENTS = Pattern.compile("(?s)(?:\\s|--[^\\n]*(?:\\n|$)|/\\*.*?\\*/)*");

    private SqlScript() {
    }

    static List<String> statements(String script) {
        List<String> statements = new ArrayList<>();
        Matcher token = TOKEN.matcher(script);
        int start = 0;
        while (token.find()) {
            if (token.group(2) != null) {
                add(statements, script.substring(start, token.start()));
                start = token.end();
            }
        }
        add(statements, script.substring(start));
        return statements;
    }

    private static void add(List<String> statements, String text) {
        if (!ONLY_COMMENTS.matcher(text).matches()) {
            statements.add(text.strip());
        }
    }
}
