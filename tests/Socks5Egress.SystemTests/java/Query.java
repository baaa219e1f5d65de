import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.sql.DriverManager;
import java.sql.SQLException;

/** pgJDBC: runs one query, prints each row's first column on a line. Arguments: URL, user, query; password in PGPASSWORD. */
public final class Query {
    public static void main(String[] arguments) {
        // For SOCKS the JVM asks its Authenticator; of the system properties it reads the user alone, and sends no password
        Authenticator.setDefault(new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                var password = System.getenv("SOCKS_PASSWORD");
                return password == null ? null : new PasswordAuthentication(System.getenv("SOCKS_USER"), password.toCharArray());
            }
        });
        try (var connection = DriverManager.getConnection(arguments[0], arguments[1], System.getenv("PGPASSWORD"));
             var statement = connection.createStatement();
             var rows = statement.executeQuery(arguments[2])) {
            while (rows.next()) {
                System.out.println(rows.getString(1));
            }
        } catch (SQLException error) {
            for (Throwable cause = error; cause != null; cause = cause.getCause()) {
                System.err.println(cause.getMessage());
            }
            System.exit(1);
        }
    }
}
