package play.server;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;

/**
 * Lines as log4j writes them for Play: {@code 2026-01-05 08:00:00,123 INFO ~ message}, to logs/application.log and to
 * standard output (which the control script sends to logs/system.out, and systemd to the journal).
 *
 * <p>Like log4j's FileAppender it keeps its file open: a log that is renamed under it goes on in the renamed file.
 */
public final class Log {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss,SSS");
    private static PrintStream file;

    private Log() {
    }

    public static synchronized void open(Path directory) throws IOException {
        Files.createDirectories(directory);
        file = new PrintStream(
            Files.newOutputStream(
                directory.resolve("application.log"), StandardOpenOption.CREATE, StandardOpenOption.APPEND),
            true, StandardCharsets.UTF_8);
    }

    public static void info(String message) {
        write("INFO", message);
    }

    public static void warn(String message) {
        write("WARN", message);
    }

    public static void error(String message) {
        write("ERROR", message);
    }

    public static void error(String message, Throwable cause) {
        StringWriter text = new StringWriter();
        cause.printStackTrace(new PrintWriter(text, true));
        write("ERROR", message + System.lineSeparator() + text.toString().stripTrailing());
    }

    private static synchronized void write(String level, String message) {
        String line = TIME.format(LocalDateTime.now()) + " " + level + " ~ " + message;
        System.out.println(line);
        if (file != null) {
            file.println(line);
        }
    }
}
