package play.mvc;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One request, seen from within the context path. */
public final class Request {
    private static final int FORM_LIMIT = 64 * 1024;

    private final HttpExchange exchange;
    private final List<String> segments;
    private final Optional<String> user;

    Request(HttpExchange exchange, List<String> segments, Optional<String> user) {
        this.exchange = exchange;
        this.segments = segments;
        this.user = user;
    }

    /** What the route's pattern captured. */
    public String segment(int number) {
        return segments.get(number);
    }

    /** Who is logged in. */
    public Optional<String> user() {
        return user;
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
    }

    public boolean wantsJson() {
        return header("Accept").orElse("").contains("application/json");
    }

    public Optional<String> query(String name) throws HttpFailure {
        return Optional.ofNullable(decode(Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse(""))
            .get(name));
    }

    public Map<String, String> form() throws IOException, HttpFailure {
        byte[] body = body().readNBytes(FORM_LIMIT + 1);
        if (body.length > FORM_LIMIT) {
            throw new HttpFailure(413, "Isian formulir terlalu besar");
        }
        return decode(new String(body, StandardCharsets.UTF_8));
    }

    public InputStream body() {
        return exchange.getRequestBody();
    }

    static Optional<String> cookie(HttpExchange exchange, String name) {
        for (String line : exchange.getRequestHeaders().getOrDefault("Cookie", List.of())) {
            for (String pair : line.split(";")) {
                String cookie = pair.strip();
                if (cookie.startsWith(name + "=")) {
                    return Optional.of(cookie.substring(name.length() + 1));
                }
            }
        }
        return Optional.empty();
    }

    private static Map<String, String> decode(String text) throws HttpFailure {
        Map<String, String> values = new HashMap<>();
        for (String pair : text.split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                values.put(unescape(pair.substring(0, equals)), unescape(pair.substring(equals + 1)));
            }
        }
        return values;
    }

    private static String unescape(String text) throws HttpFailure {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            throw new HttpFailure(400, "Isian tidak dapat dibaca");
        }
    }
}
