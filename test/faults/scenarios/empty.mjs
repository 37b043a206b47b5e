// Does nothing: the system calls that starting Node takes by itself.
import "@waymark/live";
