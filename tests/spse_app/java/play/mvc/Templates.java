package play.mvc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Templates of webapp/views: {@code {{x}}} is escaped, {@code {{{x}}}} is not; {@code {{#x}}…{{/x}}} repeats for each
 * row of a list, or shows when x is not empty; {@code {{^x}}…{{/x}}} shows when it is.
 */
public final class Templates {
    private static final Pattern SECTION = Pattern.compile("(?s)\\{\\{([#^])(\\w+)}}(.*?)\\{\\{/\\2}}");
    private static final Pattern VARIABLE = Pattern.compile("\\{\\{\\{(\\w+)}}}|\\{\\{(\\w+)}}");

    private final Path directory;
    private final Map<String, String> texts = new HashMap<>();

    public Templates(Path directory) throws IOException {
        this.directory = directory;
        try (var files = Files.newDirectoryStream(directory, "*.html")) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                texts.put(name.substring(0, name.length() - ".html".length()),
                    Files.readString(file, StandardCharsets.UTF_8));
            }
        }
    }

    /** Fills a view and puts it into the layout, where it is called isi. */
    public String page(String view, Map<String, ?> model) {
        Map<String, Object> framed = new HashMap<>(model);
        framed.put("isi", render(view, model));
        return render("layout", framed);
    }

    private String render(String view, Map<String, ?> model) {
        String text = texts.get(view);
        if (text == null) {
            throw new IllegalStateException("no view " + view + " in " + directory);
        }
        return variables(sections(text, model), model);
    }

    private static String sections(String text, Map<String, ?> model) {
        return SECTION.matcher(text).replaceAll(section -> {
            boolean inverted = section.group(1).equals("^");
            return Matcher.quoteReplacement(section(section.group(3), model, section.group(2), inverted));
        });
    }

    private static String section(String text, Map<String, ?> model, String name, boolean inverted) {
        Object value = value(model, name);
        boolean empty = value instanceof List<?> rows ? rows.isEmpty() : value.toString().isEmpty();
        if (inverted || empty) {
            return inverted && empty ? text : "";
        }
        if (!(value instanceof List<?> rows)) {
            return text;
        }
        StringBuilder repeated = new StringBuilder();
        for (Object row : rows) {
            Map<String, Object> inner = new HashMap<>(model);
            ((Map<?, ?>) row).forEach((key, cell) -> inner.put(key.toString(), cell));
            repeated.append(variables(text, inner));
        }
        return repeated.toString();
    }

    private static String variables(String text, Map<String, ?> model) {
        return VARIABLE.matcher(text).replaceAll(variable -> {
            boolean raw = variable.group(1) != null;
            String value = value(model, raw ? variable.group(1) : variable.group(2)).toString();
            return Matcher.quoteReplacement(raw ? value : escape(value));
        });
    }

    private static Object value(Map<String, ?> model, String name) {
        Object value = model.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the template needs " + name + ", the page does not give it");
        }
        return value;
    }

    /** Braces too: a cell of a row passes through the variables of the page once more. */
    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            .replace("\"", "&quot;").replace("'", "&#39;").replace("{", "&#123;");
    }
}
