package play.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the application needs to know of its own manifest.json. */
public record Release(String build, int schema, Duration bootWait) {

    public static Release read(Path manifest) throws StartupException, IOException {
        if (!Files.isReadable(manifest)) {
            throw new StartupException("Manifes rilis " + manifest + " tidak ada atau tidak dapat dibaca");
        }
        String json = Files.readString(manifest, StandardCharsets.UTF_8);
        return new Release(
            field(manifest, json, "build", "\"([0-9.]+)\""),
            Integer.parseInt(field(manifest, json, "schema", "([0-9]{1,6})")),
            Duration.ofSeconds(Integer.parseInt(field(manifest, json, "boot_seconds", "([0-9]{1,6})"))));
    }

    /** The manifest is one flat object that our own build writes: a pattern per field is enough, and no JSON library. */
    private static String field(Path manifest, String json, String name, String value) throws StartupException {
        Matcher matcher = Pattern.compile('"' + name + "\"\\s*:\\s*" + value).matcher(json);
        if (!matcher.find()) {
            throw new StartupException("Manifes rilis " + manifest + " tidak memuat " + name);
        }
        return matcher.group(1);
    }
}
