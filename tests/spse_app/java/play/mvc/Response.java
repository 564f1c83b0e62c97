package play.mvc;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** A status, headers and a body of known length. */
public record Response(int status, Map<String, String> headers, long length, Body body) {

    /** Writes the body once the headers are sent. */
    @FunctionalInterface
    public interface Body {
        void writeTo(OutputStream out) throws IOException;
    }

    public static Response html(int status, String text) {
        return text(status, "text/html; charset=utf-8", text);
    }

    public static Response json(int status, String text) {
        return text(status, "application/json", text);
    }

    /** 303: after a write the browser reads the page it is sent to. */
    public static Response seeOther(String location) {
        return text(303, "text/plain; charset=utf-8", "").with("Location", location);
    }

    public static Response stream(String type, long length, Body body) {
        return new Response(200, Map.of("Content-Type", type), length, body);
    }

    public Response with(String header, String value) {
        Map<String, String> more = new HashMap<>(headers);
        more.put(header, value);
        return new Response(status, more, length, body);
    }

    private static Response text(int status, String type, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new Response(status, Map.of("Content-Type", type), bytes.length, out -> out.write(bytes));
    }
}
