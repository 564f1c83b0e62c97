package play.server;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** The listening socket and the threads that serve it. */
final class Web {
    private static final int THREADS = 32;

    private final HttpServer server;
    private final ExecutorService workers = Executors.newFixedThreadPool(THREADS);

    private Web(HttpServer server) {
        this.server = server;
    }

    /** Binds every address unless one is given, as Play 1.x does. */
    static Web bind(Optional<String> address, int port, HttpHandler handler) throws IOException {
        // Without it every answer on a kept-alive connection waits 40 ms for the client's delayed acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        InetSocketAddress socket = address
            .map(host -> new InetSocketAddress(host, port))
            .orElseGet(() -> new InetSocketAddress(port));
        Web web = new Web(HttpServer.create(socket, 0));
        web.server.setExecutor(web.workers);
        web.server.createContext("/", handler);
        web.server.start();
        return web;
    }

    /**
     * Closes the listening socket, then waits for the requests in flight.
     *
     * <p>HttpServer.stop(delay) of Java 17 waits for the whole delay when nothing is in flight, so it runs beside and
     * the workers tell when the last request is done.
     */
    boolean drain(Duration limit) throws InterruptedException {
        Thread closing = new Thread(() -> server.stop((int) limit.toSeconds()), "close-listener");
        closing.setDaemon(true);
        closing.start();
        workers.shutdown();
        return workers.awaitTermination(limit.toMillis(), TimeUnit.MILLISECONDS);
    }
}
