import { startDynalite } from '../../helpers/store';
import { storeSuite } from '../../helpers/store-suite';

storeSuite(startDynalite);
