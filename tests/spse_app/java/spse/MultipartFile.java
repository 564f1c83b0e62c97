package spse;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import play.mvc.HttpFailure;

/** The one file of a browser's upload form, found in a spooled multipart body. The form has no other field. */
final class MultipartFile implements AutoCloseable {
    private static final Pattern BOUNDARY = Pattern.compile("multipart/form-data;.*boundary=\"?([^\";]{1,70})\"?.*");
    private static final Pattern FILE_NAME = Pattern.compile("(?is).*filename=\"([^\"]*)\".*");
    private static final int HEADER_LIMIT = 8 * 1024;

    private final RandomAccessFile file;
    private final String name;
    private final long start;
    private final long end;

    private MultipartFile(RandomAccessFile file, String name, long start, long end) {
        this.file = file;
        this.name = name;
        this.start = start;
        this.end = end;
    }

    static MultipartFile open(Path spool, String contentType) throws IOException, HttpFailure {
        Matcher boundary = BOUNDARY.matcher(contentType);
        if (!boundary.matches()) {
            throw malformed();
        }
        RandomAccessFile file = new RandomAccessFile(spool.toFile(), "r");
        try {
            return parse(file, "--" + boundary.group(1));
        } catch (IOException | HttpFailure failure) {
            file.close();
            throw failure;
        }
    }

    String name() {
        return name;
    }

    InputStream content() throws IOException {
        file.seek(start);
        InputStream rest = Channels.newInputStream(file.getChannel());
        return new BufferedInputStream(new Limited(rest, end - start));
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private static MultipartFile parse(RandomAccessFile file, String delimiter) throws IOException, HttpFailure {
        String head = text(file, 0, (int) Math.min(HEADER_LIMIT, file.length()));
        int blank = head.indexOf("\r\n\r\n");
        Matcher name = FILE_NAME.matcher(blank < 0 ? "" : head.substring(0, blank));
        String closing = "\r\n" + delimiter + "--";
        int window = (int) Math.min(closing.length() + 2, file.length());
        int tail = text(file, file.length() - window, window).indexOf(closing);
        if (!head.startsWith(delimiter + "\r\n") || !name.matches() || tail < 0) {
            throw malformed();
        }
        return new MultipartFile(file, name.group(1), blank + 4L, file.length() - window + tail);
    }

    private static String text(RandomAccessFile file, long offset, int length) throws IOException {
        byte[] bytes = new byte[length];
        file.seek(offset);
        file.readFully(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static HttpFailure malformed() {
        return new HttpFailure(400, "Formulir unggah tidak dapat dibaca");
    }

    /** Ends where the file's content ends. */
    private static final class Limited extends InputStream {
        private final InputStream in;
        private long left;

        Limited(InputStream in, long left) {
            this.in = in;
            this.left = left;
        }

        @Override
        public int read() throws IOException {
            byte[] single = new byte[1];
            return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = left <= 0 ? -1 : in.read(buffer, offset, (int) Math.min(length, left));
            left -= Math.max(read, 0);
            return read;
        }
    }
}
